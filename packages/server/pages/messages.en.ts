import type { Messages } from './messages.ts'
import { noticesEn } from './notices.en.ts'

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
    profile: 'Optional: show {app} your WeChat nickname and avatar, so that it can call you by name',
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
  register: {
    title: 'Register',
    heading: 'Register at {app}',
    lead: 'Your WeChat is confirmed. One more step: an address or number that is yours. If you have an account already, use the one it has.',
    by: { email: 'Register by e-mail', phone: 'Register by phone' },
    email: 'E-mail address',
    phone: 'Phone number',
    password: 'Choose a password',
    passwordRule: 'At least 8 characters. Several words are good.',
    send: { email: 'Send me a code by e-mail', phone: 'Send me a code by SMS' },
    codeHeading: 'Type the code',
    sent: {
      email: 'A mail with six digits is on its way to {to}.',
      phone: 'A text message with six digits is on its way to {to}.',
    },
    code: 'Six digits',
    submit: 'Go on',
    existsHeading: 'You have an account already',
    consent: 'There is an account with {to}. Link this WeChat with it? You will then log in to it with this WeChat.',
    needsPassword:
      'The account with {to} was not used for long, and numbers change hands. Its password shows that it is yours.',
    itsPassword: 'Password of that account',
    link: 'Link this WeChat',
    other: 'Use another address or number',
    here: 'Register on this phone',
    errors: {
      email: 'This is no e-mail address that we can write to.',
      phone: 'This is no phone number that we can send to.',
      password: 'A password has 8 to 128 characters, and is not the address itself.',
      password_breached: 'This password is known from a leak of another site. Choose another one.',
      code_invalid: 'The code is not right. Tries left: {tries}.',
      code_expired: 'This code is no longer valid. Ask for a new one.',
      too_many_tries: 'Too many wrong tries. Ask for a new code.',
      rate_limited: 'Too many codes were sent. Try again in {minutes} min.',
      wrong_password: 'That is not the password of this account.',
      support:
        'The account with this number was not used for long, and nothing else proves that it is yours. Ask {app}.',
      wechat_already_bound: 'This WeChat belongs to another account already. Use the address or number of that one.',
      user_already_bound:
        'The account with this address or number has another WeChat. Unlink that one first, or ask {app}.',
      unavailable: 'No code can be sent at the moment. Try again later.',
    },
  },
  reset: {
    title: 'Set a new password',
    lead: 'Type the e-mail address of your account. We send a code there.',
    sent: 'If {to} has an account, a mail with six digits is on its way.',
    password: 'New password',
    submit: 'Set the password',
    other: 'Use another address',
    byWechat: 'Is your WeChat linked with the account? Set it with WeChat',
  },
  sides: {
    title: 'Both sides',
    heading: {
      wechat_already_bound: 'Your WeChat is linked to another account at {app}',
      user_already_bound: 'The account at {app} is linked to another WeChat',
      same_person: 'You have two accounts here',
      holder: 'Another WeChat asks to take your place at {app}',
    },
    outcome: { moved: 'It is changed', undone: 'It is undone', refused: 'It was refused' },
    site: 'Site',
    officialAccount: 'Official Account',
    held: {
      wechat_already_bound: 'Linked now',
      user_already_bound: 'Linked now',
      same_person: 'First account',
      holder: 'Your WeChat',
    },
    since: 'since {date}',
    holds: 'Its account',
    wanted: 'You wanted',
    status: {
      open: 'Nothing has been changed.',
      impossible:
        'This cannot be moved here: more depends on it than this one account. Unlink it at the site, or ask the site.',
      waiting_site:
        'You asked for the move. The site has to agree. If you hear nothing, ask the site. Then link again from the site’s page.',
      waiting_holder:
        'You asked for the move. Now the other WeChat has to allow it: open this page there, too. Then link again from the site’s page.',
      holder_waiting: 'Nothing has been changed yet. If you do not answer, nothing changes.',
      waiting_silence:
        'You asked for the move. The other WeChat has been asked, and can refuse. Allow it there on this page, or wait until {until}. Then link again from the site’s page.',
      holder_silence:
        'Nothing has been changed yet. If you do not refuse before {until}, the other WeChat may take your place.',
      holder_overdue:
        'You have not answered for a day, so the other WeChat may take your place. Nothing has been changed yet: you can still refuse.',
      holder_ready: 'The move is allowed. It happens when it is linked again from the site’s page.',
      ready: 'All is ready. Link again from the site’s page within two days and type the six digits there.',
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
  notices: noticesEn,
  retry: {
    snapshot_user: 'Open again',
    oauth_declined: 'Try again',
    oauth_restart: 'Start again',
    oauth_unavailable: 'Start again',
    form_expired: 'Open again',
  },
  returnTo: 'Back to {app}',
  seeSides: 'See what you can do',
  seeTwins: 'Join your two accounts',
  others: 'Our other Official Accounts',
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
