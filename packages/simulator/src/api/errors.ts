import { hex } from '../ids.ts'

/** The wording is WeChat's; receivers decide by the number alone. */
const MESSAGES: Record<number, string> = {
  [-1]: 'system error',
  40001:
    'invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r',
  40002: 'invalid grant_type',
  40003: 'invalid openid',
  40007: 'invalid media_id',
  40008: 'invalid message type',
  40013: 'invalid appid',
  40014: 'invalid access_token',
  40015: 'invalid menu type',
  40016: 'invalid button size',
  40017: 'invalid button type',
  40018: 'invalid button name size',
  40019: 'invalid button key size',
  40020: 'invalid button url size',
  40023: 'invalid sub button size',
  40024: 'invalid sub button type',
  40025: 'invalid sub button name size',
  40026: 'invalid sub button key size',
  40027: 'invalid sub button url size',
  40029: 'invalid code',
  40030: 'invalid refresh_token',
  40032: 'invalid openid list size',
  40037: 'invalid template_id',
  40039: 'invalid url size',
  40052: 'invalid action name',
  40053: 'invalid action info',
  40062: 'invalid title size',
  40066: 'invalid url',
  40097: 'invalid args',
  40125: 'invalid appsecret',
  40163: 'code been used',
  40164: 'invalid ip, not in whitelist',
  40165: 'invalid weapp pagepath',
  40166: 'invalid weapp appid',
  40201: 'no callback url',
  40202: 'invalid action',
  40203: 'invalid check_operator',
  40243: 'appsecret is frozen',
  40246: 'invalid keyword_name_list',
  40247: 'only category templates can be added',
  40249: 'template message contains marketing content',
  40250: 'template message content is irregular',
  41001: 'access_token missing',
  41002: 'appid missing',
  41003: 'refresh_token missing',
  41004: 'appsecret missing',
  41008: 'missing code',
  41009: 'missing openid',
  42001: 'access_token expired',
  42002: 'refresh_token expired',
  42003: 'code expired',
  43001: 'require GET method',
  43002: 'require POST method',
  43004: 'require subscribe',
  43100: 'change template too frequently',
  43101: 'user refuse to accept the msg',
  43108: 'concurrent sends to the same user',
  44002: 'empty post data',
  44004: 'empty content',
  45002: 'content size out of limit',
  45008: 'article size out of limit',
  45009: 'reach max api daily quota limit',
  45011: 'api minute-quota reach limit must slower retry next minute',
  45015: 'response out of time limit or subscription is canceled',
  45026: 'template size out of limit',
  45029: 'qrcode count out of limit',
  45047: 'out of response count limit',
  45072: 'invalid command',
  45080: 'no interaction in 30 seconds',
  45081: 'already typing',
  45168: 'sensitive word',
  46003: 'menu no exist',
  47001: 'data format error',
  47003: 'argument invalid!',
  48001: 'api unauthorized',
  48002: 'user block receive message',
  48006: 'clear quota exceed limit',
  50002: 'user limited',
  76021: 'cgi_path not found',
  76022: 'could not use this cgi_path, no permission',
  200002: 'invalid params',
  200012: 'template num exceeds limit',
  200014: 'invalid tid',
  200016: 'invalid start',
  200017: 'invalid limit',
  200018: 'invalid ids',
  200019: 'ids not of this account',
  200020: 'invalid kidList',
  200021: 'invalid sceneDesc',
  200022: 'the template exists',
}

/** A refusal of the server API; HTTP stays 200. @see https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html */
export class ApiError extends Error {
  readonly errcode: number
  constructor(errcode: number, message = MESSAGES[errcode] ?? 'unknown error') {
    super(message)
    this.errcode = errcode
  }
}

/** The request id at the end of every error message. */
function rid(seconds: number): string {
  return `rid: ${seconds.toString(16).padStart(8, '0')}-${hex(8)}-${hex(8)}`
}

export function errorAnswer(error: ApiError, seconds: number): { errcode: number; errmsg: string } {
  return { errcode: error.errcode, errmsg: `${error.message} ${rid(seconds)}` }
}
