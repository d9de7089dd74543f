import type { Language } from '../people.ts'

const zh = {
  title: '网页授权',
  asks: (account: string) => `${account} 申请`,
  wants: '获取你的昵称、头像',
  allow: '允许',
  decline: '拒绝',
  code: (code: number) => `错误码：${code}`,
  tellDeveloper: '请联系网站的开发者',
  appid_missing: 'appid 不能为空',
  appid_wrong: 'appid 参数错误',
  redirect_uri_missing: 'redirect_uri 不能为空',
  redirect_uri_wrong: 'redirect_uri 参数错误',
  response_type_wrong: 'response_type 参数错误',
  scope_missing: 'scope 不能为空',
  scope_wrong: 'scope 参数错误或没有 scope 权限',
  state_missing: 'state 不能为空',
  state_wrong: 'state 参数错误',
  fragment_missing: '链接缺少 #wechat_redirect，无法打开',
  not_following: '请先关注此测试号',
  request_gone: '授权请求已失效',
  oneTime: '订阅消息',
  oneTimeWants: '给你发送一条消息',
  confirm: '确定',
  cancel: '取消',
  action_wrong: 'action 参数错误',
  scene_wrong: 'scene 参数错误',
  template_wrong: 'template_id 参数错误',
  redirect_url_wrong: 'redirect_url 参数错误',
  reserved_wrong: 'reserved 参数错误',
}

const en: typeof zh = {
  title: 'Authorization',
  asks: (account) => `${account} asks`,
  wants: 'to see your nickname and profile photo',
  allow: 'Allow',
  decline: 'Reject',
  code: (code) => `Error code: ${code}`,
  tellDeveloper: 'Please tell the developer of the website',
  appid_missing: 'appid must not be empty',
  appid_wrong: 'Wrong parameter: appid',
  redirect_uri_missing: 'redirect_uri must not be empty',
  redirect_uri_wrong: 'Wrong parameter: redirect_uri',
  response_type_wrong: 'Wrong parameter: response_type',
  scope_missing: 'scope must not be empty',
  scope_wrong: 'Wrong parameter: scope, or no permission for it',
  state_missing: 'state must not be empty',
  state_wrong: 'Wrong parameter: state',
  fragment_missing: 'The link lacks #wechat_redirect and cannot be opened',
  not_following: 'Follow this test account first',
  request_gone: 'This request is no longer valid',
  oneTime: 'Subscription',
  oneTimeWants: 'to send you one message',
  confirm: 'OK',
  cancel: 'Cancel',
  action_wrong: 'Wrong parameter: action',
  scene_wrong: 'Wrong parameter: scene',
  template_wrong: 'Wrong parameter: template_id',
  redirect_url_wrong: 'Wrong parameter: redirect_url',
  reserved_wrong: 'Wrong parameter: reserved',
}

/** Why the authorise page refuses. */
export type Reason = Exclude<
  keyof typeof zh,
  | 'title'
  | 'asks'
  | 'wants'
  | 'allow'
  | 'decline'
  | 'code'
  | 'tellDeveloper'
  | 'oneTime'
  | 'oneTimeWants'
  | 'confirm'
  | 'cancel'
>

/** The authorise page's words; both languages are read by the person whose phone it is. */
export const words: Record<Language, typeof zh> = { 'zh-CN': zh, en }
