import { fileURLToPath } from 'node:url'
import type { GeneratorAnswer, GeneratorOrder, RoundOrder } from './generator.ts'
import type { RoundReport } from './round.ts'
import { startWorker } from './worker.ts'

/** The harness's side of the load generator. */
export interface Load {
  /** Builds the round's requests, then runs them; `prepared` is called between the two. */
  round(order: RoundOrder, prepared?: () => void): Promise<RoundReport>
  stop(): Promise<void>
}

export function startLoad(): Load {
  const worker = startWorker<GeneratorOrder, GeneratorAnswer>(fileURLToPath(new URL('./generator.ts', import.meta.url)))
  return {
    async round(order, prepared) {
      await worker.ask({ prepare: order })
      prepared?.()
      const { report } = await worker.ask({ run: true })
      if (report === undefined) throw new Error('load generator: no report')
      return report
    },
    stop: worker.stop,
  }
}
