import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Flow } from './flow.ts'
import { type Label, labels, languageOf, screens } from './messages.ts'
import type { Screen } from './screen.ts'
import { speak, wordsFor } from './words.ts'

const flow: Flow = {
  id: 'fl_1',
  kind: 'login',
  state: 'waiting',
  next: 'scan',
  qr: { content: '', svg: '' },
  expires_at: '',
  account: { name: '虎符科技' },
  app: { name: 'Galaxy' },
}
const parts = (table: Record<string, string>) =>
  Object.entries(table).map(([key, text]) => [key, text.split('|')] as const)
const chinese = /[\u4e00-\u9fff]/

test('inside WeChat, where nothing is scanned, the card is headed by what is done', () => {
  expect(wordsFor('wechat', flow, 'zh-CN')[0]).toBe('微信登录')
  expect(wordsFor('wechat', flow, 'en')[0]).toBe('Log in with WeChat')
  expect(wordsFor('wechat', { ...flow, kind: 'bind' }, 'zh-CN')[0]).toBe('绑定微信')
  expect(wordsFor('waiting', flow, 'zh-CN')[0]).toBe('微信扫码登录')
})

describe('in both languages', () => {
  test('every text is there, and each is in its language', () => {
    for (const [key, [zhTitle = '', zhSentence = '', enTitle = '', enSentence = '']] of parts(screens)) {
      expect(`${zhTitle}${zhSentence}`, key).toMatch(chinese)
      expect(enSentence, key).toMatch(/[a-z]/)
      if (zhTitle) expect(enTitle, key).toMatch(/[a-z]/)
      else expect(enTitle, key).toBe('')
      expect(`${enTitle}${enSentence}`, key).not.toMatch(chinese)
    }
    for (const [key, [zh = '', en = '']] of parts(labels)) {
      expect(en, key).not.toMatch(chinese)
      if (key !== 'quote') expect(zh, key).toMatch(chinese)
    }
  })

  test('both say the same placeholders', () => {
    const places = (text: string) => text.match(/\{\w+\}/g) ?? []
    for (const [key, [zhTitle = '', zhSentence = '', enTitle = '', enSentence = '']] of parts(screens))
      expect(places(zhTitle + zhSentence), key).toEqual(places(enTitle + enSentence))
    for (const [key, [zh = '', en = '']] of parts(labels)) expect(places(zh), key).toEqual(places(en))
  })

  test('no placeholder is left on any screen', () => {
    for (const language of ['zh-CN', 'en'] as const) {
      for (const screen of Object.keys(screens) as Screen[])
        for (const kind of ['login', 'bind', 'verify'] as const)
          for (const text of wordsFor(screen, { ...flow, kind }, language)) expect(text).not.toMatch(/[{}]|undefined/)
      for (const label of Object.keys(labels) as Label[]) expect(speak(language)(label, 5)).not.toMatch(/[{}]/)
    }
  })
})

test('linking and logging in have their own words', () => {
  expect(wordsFor('waiting', flow, 'en')[0]).toBe('Log in with WeChat')
  expect(wordsFor('waiting', { ...flow, kind: 'bind' }, 'en')[0]).toBe('Link your WeChat')
  expect(wordsFor('done', { ...flow, kind: 'bind' }, 'zh-CN')[0]).toBe('绑定成功')
})

test('an approval is headed by its purpose, without what would let it look like something else', () => {
  const asked = { ...flow, kind: 'verify', purpose: '\u202e更换\n手机号 <b>' } as Flow
  expect(wordsFor('waiting', asked, 'en')[0]).toBe('更换手机号 <b>')
  expect(wordsFor('done', asked, 'en')[0]).toBe('Confirmed')
})

test('a purpose is shown as the phone shows it, to its last character', () => {
  const purpose = '把收款账户更换成尾号 0042 的银行账户'.repeat(4).slice(0, 64)
  expect(purpose).toHaveLength(64)
  expect(wordsFor('waiting', { ...flow, kind: 'verify', purpose } as Flow, 'zh-CN')[0]).toBe(purpose)
})

test('every reason of failure has its own words, and an unknown one the general ones', () => {
  const failed = (reason: string) => wordsFor('failed', { ...flow, state: 'failed', reason } as Flow, 'en')[0]
  expect(failed('too_many_tries')).toBe('Too many wrong tries')
  expect(failed('snapshot_user')).toBe('The phone showed a preview')
  expect(failed('moon_phase')).toBe('That did not work')
  expect(failed('constructor')).toBe('That did not work')
})

test('a missing or unprintable name is replaced by a general one', () => {
  const { app: _, ...nameless } = flow
  expect(wordsFor('done', nameless, 'en')[1]).toBe('Welcome to the site')
  expect(wordsFor('done', { ...flow, app: { name: ' \u202e\u0000 ' } }, 'zh-CN')[1]).toBe('欢迎使用网站')
})

test('a name cannot break out of its sentence', () => {
  expect(wordsFor('done', { ...flow, app: { name: '$& {account} \u202etxt' } }, 'en')[1]).toBe(
    'Welcome to “$& {account} txt”',
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (name) => {
      const sentence = wordsFor('done', { ...flow, app: { name } }, 'en')[1]
      expect([...sentence].length).toBeLessThanOrEqual('Welcome to “”'.length + 32)
      expect(sentence).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
    }),
  )
})

test('any Chinese reads Chinese, everybody else English', () => {
  expect(['zh', 'zh-CN', 'ZH-hant-TW', 'en-GB', 'de', ''].map(languageOf)).toEqual([
    'zh-CN',
    'zh-CN',
    'zh-CN',
    'en',
    'en',
    'en',
  ])
})
