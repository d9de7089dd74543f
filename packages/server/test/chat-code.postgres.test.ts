import { afterAll, beforeAll, expect, test } from 'vitest'
import { addSimulated, type Harness, type NewFlow, startHarness } from './harness.ts'
import { look, newOpenid, openReply, push, textOf, type Wire } from './wire.ts'

/** Three nodes on one database, and an account on which everything is said in the chat. */
let world: Harness
let wire: Wire
let nodes: Harness[]
let apiKey: string

beforeAll(async () => {
  world = await startHarness()
  const account = await addSimulated(world, { kind: 'subscription', verified: false })
  const { token, encoding_aes_key: aesKey } = await world.sim('GET', `/accounts/${account.appid}`)
  wire = { key: account.callbackKey, token, aesKey, appid: account.appid, originalId: account.originalId }
  apiKey = (await world.addSite({ appid: account.appid })).apiKey
  const bases = [world.base, await world.addNode(), await world.addNode()]
  nodes = bases.map((base) => ({ ...world, base }))
})
afterAll(() => world.close())

let messages = 10n ** 18n

function text(openid: string, content: string): string {
  const at = Math.floor(world.clock.now() / 1000)
  return `<xml><ToUserName><![CDATA[${wire.originalId}]]></ToUserName><FromUserName><![CDATA[${openid}]]></FromUserName><CreateTime>${at}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${content}]]></Content><MsgId>${++messages}</MsgId></xml>`
}

/** @returns what the chat answers */
async function say(node: Harness | undefined, openid: string, content: string): Promise<string> {
  return textOf(openReply(wire, (await push(node ?? world, wire, text(openid, content))).body))
}

async function newFlow(): Promise<NewFlow & { chat_code: string }> {
  const body = { kind: 'login', expires_in: 600 }
  return (await world.api<NewFlow & { chat_code: string }>('POST', '/v1/flows', body, { key: apiKey })).body
}
const see = async (flow: NewFlow) => (await world.browser('GET', `/v1/flows/${flow.id}`, flow.secret)).body

test('wrong codes of one person at three nodes at once are counted: five, and not one more', async () => {
  const openid = newOpenid()
  const codes = [...'BCDFGHJKLMNP'].map((last) => `XXXXXXX${last}`)
  const answers = await Promise.all(codes.map((code, n) => say(nodes[n % 3], openid, code)))
  expect(answers.filter((answer) => answer.includes('没有这个代码'))).toHaveLength(4)
  expect(answers.filter((answer) => answer.includes('十分钟后'))).toHaveLength(8)
  expect(await look(world, 'SELECT * FROM chat_tries')).toMatchObject([{ tries: 5 }])
})

test('a code typed by three people at three nodes at once has one scanner [T20]', async () => {
  for (let round = 0; round < 5; round++) {
    const flow = await newFlow()
    const answers = await Promise.all(nodes.map((node) => say(node, newOpenid(), flow.chat_code)))
    expect(answers.filter((answer) => answer.includes('您正在登录'))).toHaveLength(1)
    expect(answers.filter((answer) => answer.includes('另一个微信'))).toHaveLength(2)
    expect(await see(flow)).toMatchObject({ state: 'scanned', assurance: 'code' })
  }
})

test('wrong numbers at three nodes at once spend two tries, and end the flow [B31]', async () => {
  const flow = await newFlow()
  const openid = newOpenid()
  await say(world, openid, flow.chat_code)
  const { number = '' } = await see(flow)
  const wrong = ['00', '01', '02', '03', '04', '05', '06'].filter((digits) => digits !== number).slice(0, 6)
  await Promise.all(wrong.map((digits, n) => say(nodes[n % 3], openid, digits)))
  expect(await see(flow)).toMatchObject({ state: 'failed', reason: 'too_many_tries' })
  const [row] = await look<{ number_tries: number }>(world, 'SELECT number_tries FROM flows WHERE id = ?', flow.id)
  expect(row).toEqual({ number_tries: 2 })
})

test('a yes and a no at two nodes at once are one of the two', async () => {
  for (let round = 0; round < 5; round++) {
    const flow = await newFlow()
    const openid = newOpenid()
    await say(world, openid, flow.chat_code)
    const { number = '' } = await see(flow)
    await Promise.all([say(nodes[1], openid, number), say(nodes[2], openid, '拒绝')])
    expect(['confirmed', 'declined']).toContain((await see(flow)).state)
  }
})
