import type { AuthorizeRequest, SubscribeRequest } from './api-types.ts'
import { LimitError } from './errors.ts'

/**
 * The page that asks a person inside WeChat who they are.
 * @throws LimitError on a state the platform would not give back
 */
export function authorizeUrl(origin: string, appid: string, request: AuthorizeRequest): string {
  if (!/^[a-zA-Z0-9]{1,128}$/.test(request.state)) throw new LimitError('state', 'must be 1 to 128 letters and digits')
  if (!/^https?:\/\//.test(request.redirectUri)) throw new LimitError('redirectUri', 'must be an http or https URL')
  // The platform is known to match this link strictly: the order stays, and all of it stands before the hash.
  return (
    `${origin}/connect/oauth2/authorize?appid=${encodeURIComponent(appid)}&redirect_uri=${encodeURIComponent(request.redirectUri)}` +
    `&response_type=code&scope=${request.scope}&state=${request.state}` +
    `${request.forcePopup === true ? '&forcePopup=true' : ''}${request.forceSnapShot === true ? '&forceSnapShot=true' : ''}#wechat_redirect`
  )
}

/**
 * The page that asks a person inside WeChat to allow one message (一次性订阅消息).
 * @throws LimitError on what the platform would refuse there
 * @see https://developers.weixin.qq.com/doc/service/guide/product/message/One-time_subscription_info.html
 */
export function subscribeUrl(origin: string, appid: string, request: SubscribeRequest): string {
  const { scene, templateId, redirectUrl, reserved } = request
  if (!Number.isInteger(scene) || scene < 0 || scene > 10_000) throw new LimitError('scene', 'must be 0 to 10000')
  if (!/^[a-zA-Z0-9]{1,128}$/.test(reserved)) throw new LimitError('reserved', 'must be 1 to 128 letters and digits')
  if (!/^https?:\/\//.test(redirectUrl)) throw new LimitError('redirectUrl', 'must be an http or https URL')
  return (
    `${origin}/mp/subscribemsg?action=get_confirm&appid=${encodeURIComponent(appid)}&scene=${scene}` +
    `&template_id=${encodeURIComponent(templateId)}&redirect_url=${encodeURIComponent(redirectUrl)}&reserved=${reserved}#wechat_redirect`
  )
}
