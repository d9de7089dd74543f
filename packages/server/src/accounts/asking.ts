import { NetworkError, WechatError } from '@hufu/wechat'
import { DomainError } from '../errors.ts'

/** A call to WeChat that somebody waits for: what it refuses becomes a refusal that says what to do. @throws DomainError */
export async function askWechat<T>(appid: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof NetworkError) {
      throw new DomainError('wechat_unavailable', { retryAfter: 5, detail: 'WeChat did not answer. Try again.' })
    }
    if (!(error instanceof WechatError)) throw error
    const detail = `WeChat refused (errcode ${error.errcode}).`
    if (error.retry === 'request') throw new DomainError('invalid_value', detail)
    if (error.retry === 'config') {
      throw new DomainError('account_capability_missing', `${detail} Run “hufu account check ${appid}”.`)
    }
    throw new DomainError('wechat_unavailable', { retryAfter: error.retry === 'quota_day' ? 3_600 : 60, detail })
  }
}
