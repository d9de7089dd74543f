import { describe, expect, it } from 'vitest'
import { retryClassOf } from '../src/index.ts'

describe('the retry class', () => {
  it.each([
    [-1, 'backoff'],
    [43108, 'backoff'],
    [268487002, 'backoff'],
    [40001, 'token'],
    [42001, 'token'],
    [45011, 'quota_minute'],
    [45009, 'quota_day'],
    [40164, 'config'],
    [48001, 'config'],
    [45029, 'config'],
    [47003, 'request'],
    [40003, 'user'],
    [43101, 'user'],
    [45015, 'user_time'],
    [45047, 'user_time'],
    [40029, 'reauth'],
    [40163, 'reauth'],
  ] as const)('of %i is %s', (errcode, retry) => {
    expect(retryClassOf(errcode)).toBe(retry)
  })

  it('of a code nobody knows is permanent', () => {
    expect(retryClassOf(99999999)).toBe('request')
    expect(retryClassOf(Number.NaN)).toBe('request')
  })

  it('depends on the call where one code has several meanings', () => {
    expect(retryClassOf(40001, '/cgi-bin/token')).toBe('config')
    expect(retryClassOf(40001, '/cgi-bin/stable_token')).toBe('config')
    expect(retryClassOf(40001, '/cgi-bin/user/info')).toBe('token')
    expect(retryClassOf(40001, '/sns/userinfo')).toBe('reauth')
    expect(retryClassOf(42001, '/sns/userinfo')).toBe('reauth')
    expect(retryClassOf(40001, '/sns/oauth2/access_token')).toBe('config')
    expect(retryClassOf(48001, '/sns/userinfo')).toBe('request')
    expect(retryClassOf(50001, '/sns/userinfo')).toBe('reauth')
    expect(retryClassOf(50001, '/cgi-bin/user/info')).toBe('config')
    expect(retryClassOf(40029, '/sns/oauth2/access_token')).toBe('reauth')
  })
})
