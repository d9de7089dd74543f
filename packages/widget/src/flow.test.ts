import fc from 'fast-check'
import { expect, test } from 'vitest'
import { digitsOf } from './code-form.ts'
import { type Flow, isFlow, isOlder, isOver, seenOf, webAddress, withoutCode } from './flow.ts'
import { qrShape } from './qr.ts'
import { isTimed, isUnderWay, screenOf } from './screen.ts'

const waiting: Flow = {
  id: 'fl_1',
  kind: 'login',
  state: 'waiting',
  next: 'scan',
  qr: { content: '', svg: '<svg/>' },
  expires_at: '2026-01-01T00:00:00Z',
}

test('an answer is a flow when it has what the widget needs', () => {
  expect(isFlow(waiting)).toBe(true)
  for (const broken of [
    null,
    'x',
    {},
    { ...waiting, id: 1 },
    { ...waiting, state: 'toString' },
    { ...waiting, qr: {} },
  ])
    expect(isFlow(broken)).toBe(false)
})

test('a flow never goes backwards', () => {
  const at = (state: Flow['state']): Flow => ({ ...waiting, state })
  expect(isOlder(at('waiting'), at('scanned'))).toBe(true)
  expect(isOlder(at('scanned'), at('scanned'))).toBe(false)
  expect(isOlder(at('expired'), at('scanned'))).toBe(false)
  expect(isOlder(at('completed'), at('expired'))).toBe(true)
  expect(['confirmed', 'completed', 'failed'].map((state) => isOver(at(state as Flow['state'])))).toEqual([
    false,
    true,
    true,
  ])
})

test('what was seen is named by state and next', () => {
  expect(seenOf(waiting)).toBe('waiting:scan')
  expect(seenOf({ ...waiting, state: 'expired', next: null })).toBe('expired')
})

test('the page is shown the flow without its completion code', () => {
  expect(withoutCode({ ...waiting, completion_code: 'cc' })).toEqual(waiting)
})

test('only web addresses are followed', () => {
  expect(webAddress('/home', 'https://a.example/x')).toBe('https://a.example/home')
  expect(webAddress('https://b.example/')).toBe('https://b.example/')
  const refused = [
    'javascript:alert(1)',
    ' java\nscript:alert(1)',
    'data:text/html,x',
    'blob:https://a/1',
    'file:///x',
    '',
  ]
  for (const address of [...refused, undefined, null]) expect(webAddress(address, 'https://a.example/')).toBeUndefined()
})

test('every state has its screen', () => {
  const screen = (patch: Partial<Flow>, inWechat = false) =>
    screenOf({ stage: 'open', flow: { ...waiting, ...patch } }, inWechat)
  expect(screen({})).toBe('waiting')
  expect(screen({ wechat_url: 'https://h/w' }, true)).toBe('wechat')
  expect(screen({}, true)).toBe('waiting')
  expect(screen({ state: 'scanned', next: 'phone' })).toBe('scanned')
  expect(screen({ state: 'scanned', next: 'phone', number: '07' })).toBe('number')
  expect(screen({ state: 'scanned', next: 'enter_code', number: '07' })).toBe('code')
  expect(screen({ state: 'registration_required', next: 'register' })).toBe('register')
  expect(screen({ state: 'confirmed', next: 'finish' })).toBe('finishing')
  expect(screen({ state: 'completed', next: null })).toBe('done')
  for (const state of ['declined', 'expired', 'cancelled', 'failed'] as const) expect(screen({ state })).toBe(state)
})

test('where this browser stands goes before what Hufu says', () => {
  expect(screenOf({ stage: 'starting', flow: waiting }, false)).toBe('loading')
  expect(screenOf({ stage: 'trouble' }, false)).toBe('trouble')
  for (const stage of ['finishing', 'done', 'elsewhere', 'unfinished', 'trouble'] as const)
    expect(screenOf({ stage, flow: waiting }, false)).toBe(stage)
})

test('the time left is shown while it matters, starting over while somebody is on the way', () => {
  expect((['waiting', 'wechat', 'code', 'done', 'expired'] as const).map(isTimed)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
  expect((['waiting', 'scanned', 'number', 'code', 'finishing'] as const).map(isUnderWay)).toEqual([
    false,
    true,
    true,
    true,
    false,
  ])
})

test('digits are read as people and input methods write them', () => {
  expect(digitsOf('１２３４５６')).toBe('123456')
  expect(digitsOf(' 12 34-56 ')).toBe('123456')
  expect(digitsOf('code: 0042 17!')).toBe('004217')
  expect(digitsOf('1234567')).toBe('123456')
  expect(digitsOf('٣٤')).toBe('')
})

test('of the QR code only its size and its squares are taken', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33"><path fill="#000" d="M0 0h1v1h-1z"/></svg>'
  expect(qrShape(svg)).toEqual({ box: '0 0 33 33', path: 'M0 0h1v1h-1z' })
})

test('no markup gets through the QR patterns', () => {
  for (const svg of [
    '<svg viewBox="0 0 3 3"><script>alert(1)</script></svg>',
    '<svg viewBox="0 0 3 3" onload="x"><path d="url(javascript:1)"/></svg>',
    '<svg viewBox="x"><path d="M0 0"/></svg>',
    '<path d="M0 0"/>',
  ])
    expect(qrShape(svg)).toBeUndefined()
  fc.assert(
    fc.property(fc.string(), fc.string(), (box, path) => {
      const shape = qrShape(`<svg viewBox="${box}"><path d="${path}"/></svg>`)
      if (shape) expect(`${shape.box}${shape.path}`).toMatch(/^[MmHhVvLlZz\d\s,.-]+$/)
    }),
  )
})
