import { describe, expect, it } from 'vitest'
import { parseCookie } from '../src/browser/cookies.ts'
import { fetchSite, originHeader, refererHeader } from '../src/browser/referrer.ts'

describe('a cookie', () => {
  it.each([
    ['a=1', { name: 'a', value: '1', path: '/dir', hostOnly: true, sameSite: 'lax', secure: false }],
    ['a="x=y"; Path=/; Secure; SameSite=none', { value: '"x=y"', path: '/', secure: true, sameSite: 'none' }],
    ['a=1; Domain=.example.com', { host: 'example.com', hostOnly: false }],
    ['__Host-a=1; Secure; Path=/', { name: '__Host-a' }],
  ])('%s is taken', (text, cookie) => {
    expect(parseCookie(new URL('https://www.example.com/dir/page'), text)).toMatchObject(cookie)
  })

  it.each([
    ['http://example.com/', 'a=1; Secure'],
    ['https://example.com/', 'a=1; SameSite=None'],
    ['https://example.com/', 'a=1; Domain=evil.com'],
    ['https://example.com/', '__Host-a=1; Secure; Path=/; Domain=example.com'],
    ['https://example.com/', '__Host-a=1; Path=/'],
    ['https://example.com/', '__Secure-a=1'],
    ['https://example.com/', '=1'],
    ['https://example.com/', 'novalue'],
  ])('from %s, %s is refused', (url, text) => {
    expect(parseCookie(new URL(url), text)).toBeUndefined()
  })

  it('marked Secure are taken from this machine over http', () => {
    expect(parseCookie(new URL('http://127.0.0.1:8080/'), '__Host-sid=1; Secure; Path=/')).toBeDefined()
    expect(parseCookie(new URL('http://localhost:8080/'), 'sid=1; Secure')).toBeDefined()
  })
})

describe('what a request tells of where it comes from', () => {
  const a = new URL('https://a.example/page?q#h')
  const b = new URL('https://b.example/')
  const clear = new URL('http://a.example/')

  it.each([
    ['strict-origin-when-cross-origin', a, 'https://a.example/page?q', 'https://a.example'],
    ['strict-origin-when-cross-origin', b, 'https://a.example/', 'https://a.example'],
    ['strict-origin-when-cross-origin', clear, undefined, 'null'],
    ['same-origin', b, undefined, 'null'],
    ['no-referrer', a, undefined, 'null'],
    ['unsafe-url', clear, 'https://a.example/page?q', 'https://a.example'],
    ['no-referrer-when-downgrade', b, 'https://a.example/page?q', 'https://a.example'],
  ] as const)('%s towards %s', (policy, to, referer, from) => {
    expect(refererHeader(policy, a, to)).toBe(referer)
    expect(originHeader(policy, a, to)).toBe(from)
  })

  it('a redirect through a foreign site stays foreign', () => {
    expect(fetchSite(a, [b, a])).toBe('cross-site')
    expect(fetchSite(a, [new URL('https://x.a.example/'), a])).toBe('same-site')
    expect(fetchSite(undefined, [b])).toBe('none')
  })
})
