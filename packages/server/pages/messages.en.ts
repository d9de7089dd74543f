import type { Messages } from './messages.ts'

export const en: Messages = {
  confirm: {
    title: { login: 'Confirm login', bind: 'Confirm linking' },
    heading: { login: 'Log in to {app}?', bind: 'Link your WeChat to {app}?' },
    site: 'Site',
    account: 'Account',
    officialAccount: 'Official Account',
    browser: 'QR shown in',
    askedBy: 'Asked from',
    browserOnOs: '{browser} on {os}',
    place: 'Place',
    time: 'Time',
    timeOfDay: '{time} (Beijing time)',
    warning:
      'We never send this QR code by chat, mail or poster. If you did not just scan a code on this site’s page, tap Decline.',
    warningByLink:
      'Go on only if you came from the chat to this site yourself, just now. If somebody sent you this page, tap Decline.',
    warningInside: 'If you did not just tap “Continue in WeChat” on the site, decline.',
    number: 'Enter the two digits shown on the page you scanned',
    numberInside: 'Enter the two digits shown on the page you came from',
    wrongNumber: 'Wrong number. Look at the page and enter it again. Tries left: {tries}.',
    wrongNumberLastTry: 'Wrong number. Look at the page and enter it again. This is your last try.',
    codeHint: 'Continue shows you six digits. Nothing happens until you type them on the page you came from.',
    profile: 'Optional: show {app} your WeChat nickname and avatar',
    profileTold: '{app} is shown your WeChat nickname: {nickname}',
    confirm: { login: 'Log in', bind: 'Link' },
    continue: 'Continue',
    decline: 'Decline',
  },
  code: {
    title: 'Type the code on the computer',
    titleInside: 'Type the code on the page',
    heading: 'Type these six digits on the computer',
    headingInside: 'Go back to the page and type these six digits',
    text: 'This completes your confirmation for {app}.',
    validUntil: 'Valid until {time} (Beijing time)',
    warning:
      'Nobody ever asks you for these digits, not even us. Type them only on the page you scanned yourself. Never send them to anyone.',
    warningInside:
      'Nobody ever asks you for these digits, not even us. Type them only on the page you came from. Never send them to anyone.',
  },
  sides: {
    title: 'Both sides',
    heading: {
      wechat_already_bound: 'Your WeChat is linked to another account at {app}',
      user_already_bound: 'The account at {app} is linked to another WeChat',
      same_person: 'You have two accounts here',
      holder: 'Another WeChat asks to take your place at {app}',
    },
    site: 'Site',
    officialAccount: 'Official Account',
    held: {
      wechat_already_bound: 'Linked now',
      user_already_bound: 'Linked now',
      same_person: 'First account',
      holder: 'Your WeChat',
    },
    since: 'since {date}',
    wanted: 'You wanted',
    status: {
      open: 'Nothing has been changed.',
      impossible:
        'This cannot be moved here: more depends on it than this one account. Unlink it at the site, or ask the site.',
      waiting_site:
        'You asked for the move. The site has to agree. If you hear nothing, ask the site. Then scan a new QR code on the computer.',
      waiting_holder:
        'You asked for the move. Now the other WeChat has to allow it: open this page there, too. Then scan a new QR code on the computer.',
      holder_waiting: 'Nothing has been changed yet. If you do not answer, nothing changes.',
      holder_ready: 'The move is allowed. It happens with the next scan at the site’s page.',
      ready: 'All is ready. Scan a new QR code on the computer within two days and type the six digits there.',
      refused: 'This was refused. Nothing has been changed.',
      moved: 'Done as asked. It can be undone until {until}.',
      undone: 'The change was undone. All is as it was.',
    },
    effect: {
      wechat_already_bound:
        'If you move it, your WeChat no longer opens the former account. You can undo that within 24 hours.',
      user_already_bound:
        'If you replace it, the other WeChat no longer opens this account. It is told, and can undo that within 24 hours.',
      same_person:
        'WeChat tells us that both are you. If you join them, you have one account from now on. You can undo that within 24 hours.',
      holder: 'If you allow it, your WeChat no longer opens this account. If it was not you who asked, refuse.',
    },
    warning: 'Do this only for yourself. Nobody from the site or from us ever asks you to.',
    choice: { ask: 'Ask to move it', replace: 'Ask to replace it', allow: 'Allow', refuse: 'Refuse', undo: 'Undo' },
    merge: 'Join them',
  },
  notices: {
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
  },
  retry: {
    snapshot_user: 'Open again',
    oauth_declined: 'Try again',
    oauth_restart: 'Start again',
    form_expired: 'Open again',
  },
  returnTo: 'Back to {app}',
  seeSides: 'See what you can do',
  seeTwins: 'Join your two accounts',
  others: 'Also ours, if you like to follow:',
  requestId: 'Request ID',
  home: {
    title: 'Hufu 虎符',
    text: 'Joins a website’s accounts with WeChat: scan, follow, confirm.',
    version: 'Version {version}',
    docs: 'Read the API documentation',
    source: 'Source code',
    simulator: 'A simulated WeChat runs here. No real Official Account is connected.',
    openSimulator: 'Open the simulated phone',
  },
  foot: 'Provided by Hufu 虎符',
}
