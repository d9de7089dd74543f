import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, call } from './calls.ts'
import type { Outcome } from './history.ts'
import { watchPage } from './page.ts'
import { buyPhone, type Phone } from './phone.ts'
import type { Node, World } from './world.ts'

/** What the load came to; the checker holds it against the database. */
export interface Work {
  /** Logins that went through to a redeemed user, and those that did not. */
  done: number
  failed: string[]
  /** Codes scanned by two people at once; these logins end there. */
  contested: number
  /** Completion codes handed in at two nodes at once. */
  redeemedTwice: number
  unfollows: number
  /** Milliseconds from the scan to the page that hears of it. */
  scanToPage: number[]
}

export interface Visitors {
  work: Work
  /** Resolves after that many more logins have been begun. */
  begun(count: number): Promise<void>
  /** Nobody new comes; resolves when the last one is through, or has given up. */
  finish(): Promise<Work>
}

/** Where a login ended: through, on purpose, or where it was stopped. */
type End = 'in' | 'contested' | 'create' | 'scan' | 'confirm' | 'redeem' | 'phone'

/** People log in again and again: the flow is made on one node, the page watches another, WeChat pushes to any, a third redeems. */
export function startVisitors(world: World, count: number): Visitors {
  const work: Work = { done: 0, failed: [], contested: 0, redeemedTwice: 0, unfollows: 0, scanToPage: [] }
  const { history, random } = world
  let stopping = false
  let begun = 0
  let wake = () => {}

  const node = (position: number) => world.nodes[position % world.nodes.length] as Node
  const backend = (url: string, path: string, body: object) =>
    call('POST', `${url}/v1/flows${path}`, { body, bearer: world.apiKey })

  /** One call, recorded; a second try, by way of the balancer, when the first was not answered or told to come again. */
  async function tell(
    op: 'create' | 'confirm' | 'redeem',
    key: string,
    attempt: (again: number) => Promise<Answer>,
    say: (answer: Answer) => Record<string, unknown> = () => ({}),
  ): Promise<Answer | undefined> {
    for (let again = 0; again < 2; again++) {
      const began = history.now()
      let outcome: Outcome = 'unknown'
      let answer: Answer | undefined
      try {
        answer = await attempt(again)
        // 503 after a commit in doubt: it may have happened.
        outcome = answer.status < 300 ? 'ok' : answer.status >= 500 ? 'unknown' : 'fail'
      } catch {
        // No answer.
      }
      const flow = op === 'create' && outcome === 'ok' ? answer?.body.id : key
      const said = answer && outcome === 'ok' ? say(answer) : {}
      const detail = { status: answer?.status, code: answer?.body.code, ...said }
      history.add({ op, key: flow, outcome, began, detail })
      if (outcome !== 'unknown') return outcome === 'ok' ? answer : undefined
      await pause(300)
    }
    return undefined
  }

  /** Two phones at one code: the page hears of one of them, and one of them has the link. */
  async function contest(flow: { id: string; qr: { content: string } }, phones: Phone[]): Promise<void> {
    const began = history.now()
    const links = await Promise.all(phones.map((phone) => phone.scan(flow.qr.content)))
    for (const [position, { index }] of phones.entries()) {
      const detail = { scanner: index, linked: links[position] !== undefined }
      history.add({ op: 'scan', key: flow.id, outcome: links.some(Boolean) ? 'ok' : 'unknown', began, detail })
    }
    work.contested++
  }

  async function redeem(flow: string, code: string | undefined, phone: Phone, turn: number): Promise<boolean> {
    const once = (first: string) =>
      tell(
        'redeem',
        flow,
        (again) => backend(again ? world.front.url : first, `/${flow}/redeem`, { completion_code: code }),
        ({ body }) => ({ scanner: phone.index, user: body.user?.id }),
      )
    if (!random.chance(0.2)) return (await once(node(turn).url)) !== undefined
    work.redeemedTwice++
    const both = await Promise.all([once(node(turn).url), once(node(turn + 1).url)])
    return both.some((answer) => answer !== undefined)
  }

  async function login(phone: Phone, turn: number): Promise<End> {
    const input = { kind: 'login', expires_in: 600 }
    const made = await tell('create', '?', (again) => backend(again ? world.front.url : node(turn).url, '', input))
    if (!made) return 'create'
    const flow = made.body
    const page = watchPage(world, flow, turn + 2)
    try {
      if (random.chance(0.1)) {
        await contest(flow, [phone, await buyPhone(world, 'rival')])
        return 'contested'
      }
      const began = history.now()
      const scanning = phone.scan(flow.qr.content)
      const wasHeard = await page.until(['scanned'], 25_000)
      const heard = history.now()
      const link = await scanning
      const detail = { scanner: phone.index, linked: link !== undefined }
      history.add({ op: 'scan', key: flow.id, outcome: wasHeard ? 'ok' : 'unknown', began, detail })
      if (!wasHeard || !link) return 'scan'
      work.scanToPage.push(heard - began)
      const confirmed = await tell('confirm', flow.id, () => phone.confirm(link))
      if (!(await page.until(['confirmed'], confirmed ? 15_000 : 1_000))) return 'confirm'
      return (await redeem(flow.id, page.latest().completion_code, phone, turn + 3)) ? 'in' : 'redeem'
    } finally {
      await page.end()
    }
  }

  async function visit(number: number): Promise<void> {
    for (let turn = number; !stopping; turn++) {
      // Somebody new at times, so that follows are tried as well as scans.
      const phone = await buyPhone(world, `visitor ${number}`)
      for (let logins = random.whole(1, 4); logins > 0 && !stopping; logins--) {
        begun++
        wake()
        // A phone that hears nothing for too long gives up, too.
        const end = await login(phone, turn++).catch((): End => 'phone')
        if (end === 'in') work.done++
        else if (end !== 'contested') work.failed.push(end)
        if (!random.chance(0.15)) continue
        await phone.unfollow().catch(() => {})
        work.unfollows++
      }
    }
  }

  const visits = Promise.all(Array.from({ length: count }, (_, number) => visit(number)))
  visits.catch((error) => console.error('the load broke:', error))

  return {
    work,
    async begun(more) {
      const goal = begun + more
      while (begun < goal) {
        await new Promise<void>((resolve) => {
          const former = wake
          wake = () => {
            former()
            resolve()
          }
        })
      }
    },
    async finish() {
      stopping = true
      await visits
      return work
    },
  }
}
