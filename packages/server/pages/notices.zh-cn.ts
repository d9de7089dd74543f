import type { Messages } from './messages.ts'

export const noticesZhCN: Messages['notices'] = {
  unregistered: {
    title: '还差一步',
    text: '微信已确认，但“{app}”还不认识您。',
    next: '请回到扫码的页面，用邮箱或手机号完成注册。',
  },
  registered: {
    title: '注册成功',
    text: '以后用微信即可登录“{app}”。',
    next: '扫码的页面会自动继续，您可以关闭本页。',
  },
  password_changed: {
    title: '密码已设置',
    text: '新密码现在起有效。',
    next: '您可以关闭本页。',
  },
  confirmed_login: {
    title: '已确认登录',
    text: '您已确认登录“{app}”。',
    next: '电脑页面会自动继续，您可以关闭本页。',
  },
  confirmed_bind: {
    title: '已确认绑定',
    text: '您已确认把微信绑定到“{app}”的账号。',
    next: '电脑页面会自动继续，您可以关闭本页。',
  },
  confirmed_verify: {
    title: '已同意',
    text: '您已同意“{app}”的请求：{purpose}',
    next: '电脑页面会自动继续，您可以关闭本页。',
  },
  confirmed_verify_inside: {
    title: '已同意',
    text: '您已同意“{app}”的请求：{purpose}',
    next: '回到刚才的网页即可继续。',
  },
  confirmed_login_by_link: {
    title: '已确认登录',
    text: '您已确认登录“{app}”。',
    next: '请返回网站。您可以关闭本页。',
  },
  confirmed_bind_by_link: {
    title: '绑定成功',
    text: '您的微信已绑定到“{app}”的账号。',
    next: '以后从公众号聊天进入，无需密码。您可以关闭本页。',
  },
  confirmed_login_inside: {
    title: '已确认登录',
    text: '您已确认登录“{app}”。',
    next: '回到刚才的网页即可继续。',
  },
  confirmed_bind_inside: {
    title: '已确认绑定',
    text: '您已确认把微信绑定到“{app}”的账号。',
    next: '回到刚才的网页即可继续。',
  },
  declined_by_link: {
    title: '已拒绝',
    text: '“{app}”没有得到您的确认，什么都没有改变。',
    next: '如果这个页面是别人发给您的，请不要再打开。您可以关闭本页。',
  },
  declined: {
    title: '已拒绝',
    text: '“{app}”没有得到您的确认，什么都没有改变。',
    next: '如果二维码是别人发给您的，请不要再扫。您可以关闭本页。',
  },
  flow_over_expired: {
    title: '二维码已过期',
    text: '为了安全，二维码只在几分钟内有效。什么都没有改变。',
    next: '请在电脑页面刷新二维码，再扫一次。',
  },
  flow_over_cancelled: {
    title: '已取消',
    text: '电脑页面已取消这次操作，什么都没有改变。',
    next: '如需继续，请在电脑页面重新扫码。',
  },
  flow_over_completed: {
    title: '已经完成',
    text: '这次操作之前已经完成，不需要再确认。',
    next: '您可以关闭本页。',
  },
  flow_over_declined: {
    title: '已经拒绝',
    text: '这次操作之前已被拒绝，什么都没有改变。',
    next: '如果确实是您本人，请在电脑页面重新扫码。',
  },
  flow_over_too_many_tries: {
    title: '输错次数太多',
    text: '为了安全，这次操作已停止，什么都没有改变。',
    next: '如果确实是您本人，请在电脑页面重新扫码。',
  },
  flow_over_other: {
    title: '这次操作已结束',
    text: '本页已无法继续。',
    next: '如需继续，请在电脑页面重新扫码。',
  },
  conflict_wechat_already_bound: {
    title: '这个微信已绑定其他账号',
    text: '您的微信已绑定“{app}”的另一个账号，所以这次没有绑定。什么都没有改变。',
    next: '如果那个账号是您的，请先登录它并在设置里解除绑定，再回来扫码。如果不是，请联系“{app}”。',
  },
  conflict_user_already_bound: {
    title: '该账号已绑定其他微信',
    text: '“{app}”的这个账号已通过公众号“{officialAccount}”绑定了另一个微信，所以这次没有绑定。什么都没有改变。',
    next: '如果那个微信也是您的，请先在账号设置里解除绑定，再回来扫码。如果不是，请联系“{app}”。',
  },
  wrong_wechat_user: {
    title: '这是给另一个微信的',
    text: '这个链接只对收到它的那个微信有效，转发给别人是打不开的。',
    next: '请用收到链接的微信，在公众号的聊天里打开。',
  },
  not_theirs: {
    title: '这是给另一个微信的',
    text: '网站请求的是它的某位用户，而您的微信没有绑定那个账号。',
    next: '请使用绑定了该账号的微信；如果您没有在该网站操作，请关闭本页。',
  },
  taken: {
    title: '已被另一个微信扫描',
    text: '这个二维码已被另一个微信扫描，您这边什么都没有改变。',
    next: '请在电脑页面刷新二维码，再扫一次。如果二维码是别人发给您的，请不要再扫。',
  },
  snapshot_user: {
    title: '请使用完整服务',
    text: '您现在看到的是微信的网页快照，微信还没有告诉我们您是谁。',
    next: '请点页面底部的“使用完整服务”。如果没有看到，请点下面的按钮重新打开。',
  },
  oauth_declined: {
    title: '您没有允许授权',
    text: '没关系，什么都没有改变。我们需要微信确认是您本人，才能继续。',
    next: '愿意的话可以再试一次，不愿意请直接关闭本页。',
  },
  oauth_restart: {
    title: '请重新开始',
    text: '微信的授权只能用一次，这次的已经用过或过期。',
    next: '点一下按钮再来一次，几秒钟就好。',
  },
  oauth_unavailable: {
    title: '请稍后再试',
    text: '微信暂时没有告诉我们您是谁。不是您的原因，什么都没有改变。',
    next: '请等一会儿，再点下面的按钮重新开始。刷新本页没有用。',
  },
  state_invalid: {
    title: '本页无法继续',
    text: '这个页面已失效，或者是在另一个浏览器里打开的。',
    next: '请重新打开您来时的页面。',
  },
  link_over: {
    title: '链接已失效',
    text: '为了安全，链接只能用一次，并且只在几分钟内有效。什么都没有改变。',
    next: '请回到公众号的聊天，重新获取链接。',
  },
  not_found: {
    title: '没有这个页面',
    text: '链接可能不完整，或者已经失效。',
    next: '请重新打开您来时的页面。',
  },
  try_again: {
    title: '请稍后再试',
    text: '我们这边出了点问题，不是您的原因。',
    next: '请等一会儿，再刷新本页。',
  },
  form_expired: {
    title: '页面已过期',
    text: '本页打开太久了，刚才的操作没有生效。',
    next: '请重新打开，再确认一次。',
  },
  unregistered_inside: {
    title: '还差一步',
    text: '微信已确认，但“{app}”还不认识您。',
    next: '请回到刚才的网页，用邮箱或手机号完成注册。',
  },
  registered_inside: {
    title: '注册成功',
    text: '以后用微信即可登录“{app}”。',
    next: '回到刚才的网页即可继续。',
  },
  flow_over_expired_inside: {
    title: '本页已过期',
    text: '为了安全，本页只在几分钟内有效。什么都没有改变。',
    next: '请回到刚才的网页，重新开始。',
  },
  flow_over_cancelled_inside: {
    title: '已取消',
    text: '刚才的网页已取消这次操作，什么都没有改变。',
    next: '如需继续，请在刚才的网页重新开始。',
  },
  flow_over_declined_inside: {
    title: '已经拒绝',
    text: '这次操作之前已被拒绝，什么都没有改变。',
    next: '如果确实是您本人，请在刚才的网页重新开始。',
  },
  flow_over_too_many_tries_inside: {
    title: '输错次数太多',
    text: '为了安全，这次操作已停止，什么都没有改变。',
    next: '如果确实是您本人，请在刚才的网页重新开始。',
  },
  flow_over_other_inside: {
    title: '这次操作已结束',
    text: '本页已无法继续。',
    next: '如需继续，请在刚才的网页重新开始。',
  },
  conflict_wechat_already_bound_inside: {
    title: '这个微信已绑定其他账号',
    text: '您的微信已绑定“{app}”的另一个账号，所以这次没有绑定。什么都没有改变。',
    next: '如果那个账号是您的，请先登录它并在设置里解除绑定，再回到网站重新绑定。如果不是，请联系“{app}”。',
  },
  conflict_user_already_bound_inside: {
    title: '该账号已绑定其他微信',
    text: '“{app}”的这个账号已通过公众号“{officialAccount}”绑定了另一个微信，所以这次没有绑定。什么都没有改变。',
    next: '如果那个微信也是您的，请先在账号设置里解除绑定，再回到网站重新绑定。如果不是，请联系“{app}”。',
  },
}
