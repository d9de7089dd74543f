import { hash } from 'node:crypto'

export interface JssdkSignatureParts {
  /** From `client.jsapiTicket()`, cached for all pages; never leaves the server. */
  readonly jsapiTicket: string
  readonly nonceStr: string
  /** Seconds since 1970, the number given to `wx.config`. */
  readonly timestamp: number | string
  /** The page's full URL as the browser shows it; what follows `#` is cut here. Sign only pages of your own hosts. */
  readonly url: string
}

/**
 * The signature for `wx.config`: SHA-1 in lower-case hex over the raw values.
 * @see https://developers.weixin.qq.com/doc/service/guide/h5/jssdk.html
 */
export function jssdkSignature({ jsapiTicket, nonceStr, timestamp, url }: JssdkSignatureParts): string {
  const page = url.split('#', 1)[0]
  return hash('sha1', `jsapi_ticket=${jsapiTicket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${page}`, 'hex')
}
