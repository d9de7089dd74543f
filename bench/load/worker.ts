import { once } from 'node:events'
import { startPinned } from '../processes.ts'

/** A process of the load's side, on a core of its own, that answers one order at a time. */
export interface Worker<Order, Answer> {
  ask(order: Order): Promise<Answer>
  stop(): Promise<void>
}

type Envelope<Answer> = { readonly answer: Answer } | { readonly error: string }

export function startWorker<Order extends object, Answer>(file: string): Worker<Order, Answer> {
  const started = startPinned({ core: 'generator', args: ['--expose-gc', file], ipc: true })
  return {
    async ask(order) {
      const answered = once(started.child, 'message', { signal: AbortSignal.timeout(600_000) })
      started.child.send(order)
      const [envelope]: Envelope<Answer>[] = await answered
      if (envelope === undefined || 'error' in envelope) throw new Error(`load generator: ${envelope?.error}`)
      return envelope.answer
    },
    async stop() {
      if (started.child.connected) started.child.disconnect()
      await started.stop()
    },
  }
}

/** The worker's side. */
export function answerOrders<Order, Answer>(obey: (order: Order) => Promise<Answer>): void {
  process.on('message', async (order: Order) => {
    let envelope: Envelope<Answer>
    try {
      envelope = { answer: await obey(order) }
    } catch (error) {
      envelope = { error: error instanceof Error ? error.message : String(error) }
    }
    process.send?.(envelope)
  })
  process.on('disconnect', () => process.exit(0))
}
