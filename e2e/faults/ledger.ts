import type { Simulator } from '@hufu/simulator'

type Deliver = Simulator['world']['pushes']['deliver']
type Order = Parameters<Deliver>[0]

/** One push as WeChat made it, with what became of it. */
export interface Sent {
  order: Order
  event: string
  openid: string
  /** Whether any attempt was answered 200: from then on it must be so for ever. */
  acked: boolean
  reply: string | undefined
}

/** WeChat's own books. The simulator's forget after two thousand pushes; a long run must not. */
export interface Ledger {
  readonly sent: readonly Sent[]
  /** When a token was asked for, in milliseconds of the monotonic clock. */
  readonly tokenCalls: readonly number[]
  /** Resolves when no push is under way. */
  settled(): Promise<void>
  /** The same document once more, signed anew, shown to nobody. */
  repeat(sent: Sent): Promise<{ acked: boolean; reply: string | undefined }>
}

const tokenPaths = ['/cgi-bin/stable_token', '/cgi-bin/token']

/** @param tell is given each push when its last attempt has been answered, and when it began */
export function keepLedger({ world }: Simulator, tell: (sent: Sent, began: number) => void): Ledger {
  const sent: Sent[] = []
  const tokenCalls: number[] = []
  const underWay = new Set<Promise<unknown>>()

  const deliver = world.pushes.deliver
  world.pushes.deliver = (order) => {
    const one: Sent = { order, event: order.event, openid: order.openid ?? '', acked: false, reply: undefined }
    sent.push(one)
    const began = performance.now()
    const delivery = deliver(order)
    const settled = delivery.settled.then((push) => tell(Object.assign(one, outcomeOf(push)), began))
    underWay.add(settled)
    settled.finally(() => underWay.delete(settled)).catch(() => {})
    return delivery
  }

  const countCall = world.ledger.countCall
  world.ledger.countCall = (path) => {
    if (tokenPaths.includes(path)) tokenCalls.push(performance.now())
    countCall(path)
  }

  return {
    sent,
    tokenCalls,
    async settled() {
      while (underWay.size > 0) await Promise.allSettled([...underWay])
    },
    repeat: async ({ order }) => outcomeOf(await deliver({ ...order, hidden: true, attempts: 3 }).settled),
  }
}

function outcomeOf({ attempts }: Awaited<ReturnType<Deliver>['settled']>) {
  const answered = attempts.find(({ status }) => status === 200)
  return { acked: answered !== undefined, reply: answered?.reply?.type === 'text' ? answered.reply.text : undefined }
}
