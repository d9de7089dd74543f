export type Language = 'zh-CN' | 'en'
export type Words = (typeof words)['en']

/** What people read on the three screens, copied from none of the sources: a changed word is a changed product. */
export const words = {
  'zh-CN': {
    logIn: '登录',
    logOut: '退出登录',
    link: '绑定微信',
    linked: '已绑定',
    newName: /^茶友 \d+$/,
    notices: {
      welcome: '欢迎！账号已开通，昵称可在账号设置中修改。',
      loggedIn: '登录成功。',
      loggedOut: '已退出登录。',
      linked: '微信绑定成功，下次扫码即可登录。',
    },
    scanTitle: '微信扫码登录',
    scanned: '扫码成功',
    declined: '已在手机上拒绝',
    wrongDigits: '数字不对，还可以试 4 次',
    replyLogin: '您正在登录 示例商店',
    replyBind: '您正在把微信绑定到 示例商店',
    askLogin: '登录“示例商店”？',
    askBind: '把微信绑定到“示例商店”？',
    confirmedLogin: '已确认登录',
    declinedOnPhone: '已拒绝',
    typeDigits: '在电脑页面输入这六位数字',
  },
  en: {
    logIn: 'Log in',
    logOut: 'Log out',
    link: 'Link WeChat',
    linked: 'Linked',
    newName: /^Tea friend \d+$/,
    notices: {
      welcome: 'Welcome! Your account is open. You can change your name in the settings.',
      loggedIn: 'You are logged in.',
      loggedOut: 'You are logged out.',
      linked: 'WeChat is linked. Next time, just scan.',
    },
    scanTitle: 'Log in with WeChat',
    scanned: 'Scanned',
    declined: 'Declined on the phone',
    wrongDigits: 'Wrong digits, tries left: 4',
    replyLogin: 'You are about to log in to 示例商店',
    replyBind: 'You are about to link this WeChat to',
    askLogin: 'Log in to 示例商店?',
    askBind: 'Link your WeChat to 示例商店?',
    confirmedLogin: 'Login confirmed',
    declinedOnPhone: 'Declined',
    typeDigits: 'Type these six digits on the computer',
  },
}
