import type { Account } from '../src/index.ts'
import type { Bench } from './harness.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
type Answer = any

export const VALUES = { thing1: '洗牙', time2: '2026年3月2日 10:00~11:00', phrase3: '已预约' }
export const CONTENT = '项目：{{thing1.DATA}}\n时间：{{time2.DATA}}\n状态：{{phrase3.DATA}}'

/** `data` as the API takes it. */
export function data(values: Record<string, string>): Record<string, { value: string }> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }]))
}

/** An account, a follower, and a template of the account's. */
export async function reach(bench: Bench, { account: fields = {}, template: given = {} }: Answer = {}) {
  const account: Account = await bench.account(fields)
  const person = await bench.person()
  await bench.post(`/_sim/people/${person.id}/follow`, { account: account.appid })
  const wanted = { title: '预约成功通知', content: CONTENT, ...given }
  const template = await bench.post(`/_sim/accounts/${account.appid}/templates`, wanted)
  const token = await bench.token(account)
  const touser: string = person.openids[account.appid]
  const call = (path: string, body: object): Promise<Answer> =>
    bench.post(`${path}?access_token=${token}`, body as Record<string, unknown>)
  const own = { touser, template_id: template.template_id }
  return {
    account,
    person,
    template,
    touser,
    token,
    call,
    ask: (path: string, query = ''): Promise<Answer> => bench.get(`${path}?access_token=${token}${query}`),
    send: (body: object = {}): Promise<Answer> =>
      call('/cgi-bin/message/template/send', { ...own, data: data(VALUES), ...body }),
    bizsend: (body: object = {}): Promise<Answer> =>
      call('/cgi-bin/message/subscribe/bizsend', { ...own, data: data(VALUES), ...body }),
    subscribe: (accept = true, more: object = {}): Promise<Answer> =>
      bench.post(`/_sim/people/${person.id}/subscription`, {
        account: account.appid,
        template_ids: [template.template_id],
        accept,
        ...more,
      }),
    chat: (type?: string): Promise<Answer[]> =>
      bench
        .get(`/_sim/people/${person.id}/chat?account=${account.appid}`)
        .then((entries: Answer[]) => entries.filter((entry) => type === undefined || entry.type === type)),
    sends: (): Promise<Answer[]> => bench.get(`/_sim/sends?account=${account.appid}`),
  }
}
