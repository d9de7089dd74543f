import type { Messages } from './messages.ts'

export const noticesEn: Messages['notices'] = {
  unregistered: {
    title: 'One more step',
    text: 'Your WeChat is confirmed. {app} does not know you yet.',
    next: 'Go on where you scanned: register there by e-mail or phone.',
  },
  registered: {
    title: 'You are registered',
    text: 'From now on you log in to {app} with your WeChat.',
    next: 'The page where you scanned goes on by itself. You can close this one.',
  },
  password_changed: {
    title: 'The password is set',
    text: 'The new password is good from now on.',
    next: 'You can close this page.',
  },
  confirmed_login: {
    title: 'Login confirmed',
    text: 'You confirmed the login to {app}.',
    next: 'The computer goes on by itself. You can close this page.',
  },
  confirmed_bind: {
    title: 'Linking confirmed',
    text: 'You confirmed linking your WeChat to your account at {app}.',
    next: 'The computer goes on by itself. You can close this page.',
  },
  confirmed_verify: {
    title: 'Approved',
    text: 'You approved at {app}: {purpose}',
    next: 'The computer goes on by itself. You can close this page.',
  },
  confirmed_verify_inside: {
    title: 'Approved',
    text: 'You approved at {app}: {purpose}',
    next: 'Go back to the page to go on.',
  },
  confirmed_login_by_link: {
    title: 'Login confirmed',
    text: 'You confirmed the login to {app}.',
    next: 'Go back to the site. You can close this page.',
  },
  confirmed_bind_by_link: {
    title: 'Linked',
    text: 'Your WeChat is linked to your account at {app}.',
    next: 'From now on you get there from the chat without a password. You can close this page.',
  },
  confirmed_login_inside: {
    title: 'Login confirmed',
    text: 'You confirmed the login to {app}.',
    next: 'Go back to the page to go on.',
  },
  confirmed_bind_inside: {
    title: 'Linking confirmed',
    text: 'You confirmed linking your WeChat to your account at {app}.',
    next: 'Go back to the page to go on.',
  },
  declined_by_link: {
    title: 'Declined',
    text: '{app} did not get your confirmation. Nothing was changed.',
    next: 'If somebody sent you this page, don’t open it again. You can close it.',
  },
  declined: {
    title: 'Declined',
    text: '{app} did not get your confirmation. Nothing was changed.',
    next: 'If somebody sent you that QR code, don’t scan it again. You can close this page.',
  },
  flow_over_expired: {
    title: 'The QR code has expired',
    text: 'To keep you safe, a QR code works for a few minutes only. Nothing was changed.',
    next: 'Refresh the QR code on the computer and scan it again.',
  },
  flow_over_cancelled: {
    title: 'Cancelled',
    text: 'This was cancelled on the computer. Nothing was changed.',
    next: 'To go on, scan a new QR code on the computer.',
  },
  flow_over_completed: {
    title: 'Already done',
    text: 'This was completed before. There is nothing left to confirm.',
    next: 'You can close this page.',
  },
  flow_over_declined: {
    title: 'Already declined',
    text: 'This was declined before. Nothing was changed.',
    next: 'If it was you after all, scan a new QR code on the computer.',
  },
  flow_over_too_many_tries: {
    title: 'Too many wrong tries',
    text: 'To keep you safe, we stopped here. Nothing was changed.',
    next: 'If it was you, scan a new QR code on the computer.',
  },
  flow_over_other: {
    title: 'This is over',
    text: 'This page cannot go on.',
    next: 'To go on, scan a new QR code on the computer.',
  },
  conflict_wechat_already_bound: {
    title: 'This WeChat is linked to another account',
    text: 'Your WeChat is already linked to another account at {app}, so it was not linked now. Nothing was changed.',
    next: 'If that account is yours, log in to it, unlink WeChat in its settings, then scan again. If not, ask {app}.',
  },
  conflict_user_already_bound: {
    title: 'This account is linked to another WeChat',
    text: 'The account at {app} is already linked to another WeChat through {officialAccount}, so yours was not linked. Nothing was changed.',
    next: 'If that WeChat is yours too, unlink it in the account’s settings, then scan again. If not, ask {app}.',
  },
  wrong_wechat_user: {
    title: 'This is for another WeChat',
    text: 'This link works only for the WeChat that received it. It cannot be forwarded.',
    next: 'Use the WeChat that got the link, and open it in the chat with the Official Account.',
  },
  not_theirs: {
    title: 'This is for another WeChat',
    text: 'The site asks one of its users, and this WeChat is not linked to that account.',
    next: 'Use the WeChat that is linked there. If you did nothing on that site, close this page.',
  },
  taken: {
    title: 'Another WeChat scanned this code',
    text: 'Another WeChat has already scanned this QR code. For you nothing was changed.',
    next: 'Refresh the code on the computer and scan again. If somebody sent you the code, do not scan it.',
  },
  snapshot_user: {
    title: 'Please use the full service',
    text: 'You are looking at WeChat’s preview of this page. WeChat has not told us yet who you are.',
    next: 'Tap “使用完整服务” (use full service) at the bottom. If it is not there, open the page again below.',
  },
  oauth_declined: {
    title: 'You did not allow it',
    text: 'That is fine, nothing was changed. To go on, WeChat has to tell us that it is you.',
    next: 'Try again if you like, or simply close this page.',
  },
  oauth_restart: {
    title: 'Please start again',
    text: 'This step at WeChat works only once, and it was used or has expired.',
    next: 'One tap brings you back. It takes a few seconds.',
  },
  oauth_unavailable: {
    title: 'Please try again later',
    text: 'WeChat did not tell us that it is you. It is not your fault, and nothing was changed.',
    next: 'Wait a moment, then start again below. Reloading this page does not help.',
  },
  state_invalid: {
    title: 'This page cannot go on',
    text: 'It is no longer valid, or it was opened in another browser.',
    next: 'Open the page you came from once more.',
  },
  link_over: {
    title: 'This link is over',
    text: 'To keep you safe, a link works once and for a few minutes only. Nothing was changed.',
    next: 'Go back to the chat with the Official Account and ask for a new link there.',
  },
  not_found: {
    title: 'There is no such page',
    text: 'The link may be incomplete, or it is no longer valid.',
    next: 'Open the page you came from once more.',
  },
  try_again: {
    title: 'Please try again later',
    text: 'Something went wrong on our side. It is not your fault.',
    next: 'Wait a moment, then reload this page.',
  },
  form_expired: {
    title: 'This page has expired',
    text: 'It was open for too long. What you just tapped had no effect.',
    next: 'Open it again and confirm once more.',
  },
  unregistered_inside: {
    title: 'One more step',
    text: 'Your WeChat is confirmed. {app} does not know you yet.',
    next: 'Go back to the page you came from and register there by e-mail or phone.',
  },
  registered_inside: {
    title: 'You are registered',
    text: 'From now on you log in to {app} with your WeChat.',
    next: 'Go back to the page you came from to go on.',
  },
  flow_over_expired_inside: {
    title: 'This has expired',
    text: 'To keep you safe, this page works for a few minutes only. Nothing was changed.',
    next: 'Go back to the page you came from and begin again.',
  },
  flow_over_cancelled_inside: {
    title: 'Cancelled',
    text: 'This was cancelled on the page you came from. Nothing was changed.',
    next: 'To go on, begin again on that page.',
  },
  flow_over_declined_inside: {
    title: 'Already declined',
    text: 'This was declined before. Nothing was changed.',
    next: 'If it was you after all, begin again on the page you came from.',
  },
  flow_over_too_many_tries_inside: {
    title: 'Too many wrong tries',
    text: 'To keep you safe, we stopped here. Nothing was changed.',
    next: 'If it was you, begin again on the page you came from.',
  },
  flow_over_other_inside: {
    title: 'This is over',
    text: 'This page cannot go on.',
    next: 'To go on, begin again on the page you came from.',
  },
  conflict_wechat_already_bound_inside: {
    title: 'This WeChat is linked to another account',
    text: 'Your WeChat is already linked to another account at {app}, so it was not linked now. Nothing was changed.',
    next: 'If that account is yours, log in to it, unlink WeChat in its settings, then link again from the site’s page. If not, ask {app}.',
  },
  conflict_user_already_bound_inside: {
    title: 'This account is linked to another WeChat',
    text: 'The account at {app} is already linked to another WeChat through {officialAccount}, so yours was not linked. Nothing was changed.',
    next: 'If that WeChat is yours too, unlink it in the account’s settings, then link again from the site’s page. If not, ask {app}.',
  },
}
