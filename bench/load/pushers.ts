import { type Connection, openConnection } from './connection.ts'

/** A pool of callback connections; a push waits only if all of them have one in flight. */
export interface Pushers {
  push(request: Buffer, answered: (status: number) => void): void
  close(): void
}

interface Push {
  readonly request: Buffer
  readonly answered: (status: number) => void
}

export async function openPushers(port: number, count: number): Promise<Pushers> {
  const idle: ((push: Push) => void)[] = []
  const queue: Push[] = []
  const connections: Connection[] = []
  await Promise.all(
    Array.from({ length: count }, async () => {
      let current: Push | undefined
      const send = (push: Push): void => {
        current = push
        connection.send(push.request)
      }
      const connection = await openConnection(port, {
        answered(status) {
          current?.answered(status)
          const next = queue.shift()
          if (next === undefined) idle.push(send)
          else send(next)
        },
        failed(error) {
          throw error
        },
      })
      connections.push(connection)
      idle.push(send)
    }),
  )
  return {
    push(request, answered) {
      const send = idle.pop()
      if (send === undefined) queue.push({ request, answered })
      else send({ request, answered })
    },
    close: () => {
      for (const connection of connections) connection.close()
    },
  }
}
