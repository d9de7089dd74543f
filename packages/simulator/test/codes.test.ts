import jsqr from 'jsqr'
import { PNG } from 'pngjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '../src/index.ts'
import { Bench } from './harness.ts'

let bench: Bench
let account: Account

beforeEach(async () => {
  bench = await Bench.start()
  account = await bench.account()
})
afterEach(() => bench.simulator.close())

const id = (action_name: string, scene_id: unknown, rest: object = {}) => ({
  action_name,
  action_info: { scene: { scene_id } },
  ...rest,
})
const text = (action_name: string, scene_str: unknown, rest: object = {}) => ({
  action_name,
  action_info: { scene: { scene_str } },
  ...rest,
})

/** jsqr is CommonJS: what its types call the default export is one step further in. */
const scan = jsqr as unknown as typeof jsqr.default

async function readPicture(address: string): Promise<string | undefined> {
  const answer = await fetch(address)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
  const { data, width, height } = PNG.sync.read(Buffer.from(await answer.arrayBuffer()))
  return scan(new Uint8ClampedArray(data), width, height)?.data
}

describe('qrcode/create', () => {
  it.each([
    ['QR_SCENE', id('QR_SCENE', 4_294_967_294, { expire_seconds: 2_592_000 }), 2_592_000, '4294967294'],
    ['QR_STR_SCENE', text('QR_STR_SCENE', '场景_a-Z', { expire_seconds: 300 }), 300, '场景_a-Z'],
    ['QR_STR_SCENE without a time', text('QR_STR_SCENE', 'x'), 60, 'x'],
    ['QR_LIMIT_SCENE', id('QR_LIMIT_SCENE', 100_000), undefined, '100000'],
    ['QR_LIMIT_STR_SCENE', text('QR_LIMIT_STR_SCENE', 'p'.repeat(64)), undefined, 'p'.repeat(64)],
    ['a too large QR_SCENE', id('QR_SCENE', 99_999_999_999), 60, '4294967295'],
  ])('makes %s', async (_, body, seconds, scene) => {
    const code = await bench.createCode(account, body)
    expect(code.expire_seconds).toBe(seconds)
    expect(code.url).toMatch(/^http:\/\/weixin\.qq\.com\/q\/\w+$/)
    expect(await bench.get('/_sim/codes')).toMatchObject([
      { content: code.url, ticket: code.ticket, account: account.appid, scene, permanent: seconds === undefined },
    ])
  })

  it.each([
    ['an unknown action', text('QR_SCENES', 'x'), 40052],
    ['no action_info', { action_name: 'QR_SCENE' }, 40053],
    ['scene 0', id('QR_SCENE', 0), 40053],
    ['a scene id as text', id('QR_SCENE', '7'), 40053],
    ['a permanent id above 100000', id('QR_LIMIT_SCENE', 100_001), 40053],
    ['an empty scene', text('QR_STR_SCENE', ''), 40053],
    ['65 characters', text('QR_STR_SCENE', 'x'.repeat(65)), 40053],
    ['more than 30 days', text('QR_STR_SCENE', 'x', { expire_seconds: 2_592_001 }), 40097],
    ['a time as text', text('QR_STR_SCENE', 'x', { expire_seconds: '60' }), 47001],
  ])('refuses %s', async (_, body, errcode) => {
    expect(await bench.createCode(account, body)).toMatchObject({ errcode })
  })

  it('gives the same permanent code for the same scene', async () => {
    const first = await bench.createCode(account, text('QR_LIMIT_STR_SCENE', 'door'))
    const again = await bench.createCode(account, text('QR_LIMIT_STR_SCENE', 'door'))
    expect(again).toEqual(first)
    expect(await bench.createCode(account, id('QR_LIMIT_SCENE', 7))).not.toEqual(first)
  })
})

describe('the picture', () => {
  it('can be scanned', async () => {
    const { ticket, url } = await bench.code(account, 'abc')
    expect(await readPicture(`${bench.url}/cgi-bin/showqrcode?ticket=${encodeURIComponent(ticket)}`)).toBe(url)
  })

  it('of the account itself can be scanned', async () => {
    const { original_id, follow_content } = account
    expect(await readPicture(`${bench.url}/qr/code?username=${original_id}`)).toBe(follow_content)
  })

  it('is gone for an unknown and an expired ticket', async () => {
    const show = async (ticket: string) =>
      (await fetch(`${bench.url}/cgi-bin/showqrcode?ticket=${encodeURIComponent(ticket)}`)).status
    const { ticket, url } = await bench.code(account, 'abc', 60)
    expect([await show('nonsense'), await show(url)]).toEqual([404, 404])
    bench.shiftClock(60_000)
    expect(await show(ticket)).toBe(404)
  })
})

describe('scanning', () => {
  it('takes the content, the ticket and the address of the picture', async () => {
    const person = await bench.person()
    const { ticket, url } = await bench.code(account, 'abc')
    const picture = `https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=${encodeURIComponent(ticket)}`
    for (const body of [{ content: url }, { ticket }, { content: picture }, { content: account.follow_content }])
      expect(await bench.post(`/_sim/people/${person.id}/scan`, body)).toEqual({
        outcome: 'follow_prompt',
        account: account.appid,
      })
    expect(await bench.post(`/_sim/people/${person.id}/scan`, { content: 'https://example.com/' })).toEqual({
      outcome: 'invalid',
    })
  })

  it('of an expired code pushes nothing, and the code is no longer shown', async () => {
    const person = await bench.person()
    await bench.post(`/_sim/people/${person.id}/follow`, { account: account.appid })
    const { url } = await bench.code(account, 'abc', 60)
    bench.shiftClock(60_000)
    expect(await bench.post(`/_sim/people/${person.id}/scan`, { content: url })).toEqual({
      outcome: 'expired',
      account: account.appid,
    })
    expect(await bench.get('/_sim/pushes')).toHaveLength(1)
    expect(await bench.get('/_sim/codes')).toEqual([])
  })

  it('while it was valid lets the follow carry the code afterwards', async () => {
    const [early, late] = [await bench.person(), await bench.person()]
    const { url } = await bench.code(account, 'abc', 60)
    await bench.post(`/_sim/people/${early.id}/scan`, { content: url })
    bench.shiftClock(60_000)
    const follow = { account: account.appid, content: url }
    expect(await bench.post(`/_sim/people/${late.id}/follow`, follow)).toMatchObject({ error: 'code_expired' })
    expect(await bench.post(`/_sim/people/${early.id}/follow`, follow)).toHaveProperty('push')
  })

  it('of another account’s code is no way to follow this one', async () => {
    const other = await bench.account()
    const person = await bench.person()
    const { url } = await bench.code(other, 'abc')
    const answer = await bench.post(`/_sim/people/${person.id}/follow`, { account: account.appid, content: url })
    expect(answer).toMatchObject({ error: 'foreign_code' })
  })
})
