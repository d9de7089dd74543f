import type { AuthorizeRequest } from './api-types.ts'
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
