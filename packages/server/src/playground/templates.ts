import type { Templates } from '../templates/templates.ts'

/** As WeChat's console would have given them to the account; fixed ids are the same after every restart. */
const own = [
  {
    name: 'order_shipped',
    title: '订单发货通知',
    content:
      '订单编号：{{character_string1.DATA}}\n商品名称：{{thing2.DATA}}\n快递公司：{{phrase3.DATA}}\n发货时间：{{time4.DATA}}',
  },
  {
    name: 'code',
    title: '验证码通知',
    content:
      '验证码：{{character_string1.DATA}}\n用途：{{thing2.DATA}}\n网站：{{thing3.DATA}}\n请求时间：{{time4.DATA}}',
    codeFields: { character_string1: '{code}', thing2: '{purpose}', thing3: '{site}', time4: '{time}' },
  },
  {
    name: 'new_tea',
    title: '新茶上市提醒',
    content: '商品名称：{{thing1.DATA}}\n上市时间：{{time2.DATA}}',
    subscription: { kind: 'subscribe', type: 2 },
  },
]

/** What WeChat's console shows of one-time subscription messages, of which an account has one template. */
export const oneTimeTemplate = 'demo-one-time'

/** A notice, a template for codes, a notice that a page asks permission for, once for each, and what one-time messages go by. */
export async function seedTemplates(deps: {
  templates: Pick<Templates, 'sync' | 'change' | 'setCode'>
  simulatorUrl: string
  appid: string
}): Promise<void> {
  const { templates, simulatorUrl, appid } = deps
  const id = (name: string) => `demo-${name}-${appid}`
  async function tell(method: 'POST' | 'PATCH', path: string, body: object): Promise<void> {
    const response = await fetch(`${simulatorUrl}/_sim/accounts/${appid}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`The simulator refused a template: ${response.status} ${await response.text()}`)
  }
  await tell('PATCH', '', { subscribemsg_template_id: oneTimeTemplate })
  for (const { name, title, content, subscription } of own)
    await tell('POST', '/templates', { template_id: id(name), title, content, ...subscription })
  await templates.sync(appid)
  for (const { name, codeFields } of own) {
    await templates.change(appid, id(name), { name })
    if (codeFields) await templates.setCode(appid, id(name), codeFields)
  }
}
