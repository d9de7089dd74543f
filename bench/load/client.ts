import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startPinned } from '../processes.ts'
import type { GeneratorAnswer, GeneratorOrder, RoundOrder } from './generator.ts'
import type { RoundReport } from './round.ts'

/** The harness's side of the load generator, which runs in a process and on a core of its own. */
export interface Load {
  /** Builds the round's requests, then runs them; `started` is called between the two. */
  round(order: RoundOrder, started?: () => void): Promise<RoundReport>
  stop(): Promise<void>
}

export function startLoad(): Load {
  const file = fileURLToPath(new URL('./generator.ts', import.meta.url))
  const process = startPinned({ core: 'generator', args: ['--expose-gc', file], ipc: true })

  const ask = async (order: GeneratorOrder): Promise<GeneratorAnswer> => {
    const answered = once(process.child, 'message')
    process.child.send(order)
    const [answer] = await answered
    if ('error' in answer) throw new Error(`load generator: ${answer.error}`)
    return answer
  }

  return {
    async round(order, started) {
      await ask({ prepare: order })
      started?.()
      const answer = await ask({ run: true })
      if (!('report' in answer)) throw new Error('load generator: no report')
      return answer.report
    },
    async stop() {
      process.child.disconnect()
      await process.stop()
    },
  }
}
