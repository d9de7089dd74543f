import type { ConfirmPage, Page } from '../pages/page.ts'

export const confirm: ConfirmPage = {
  name: 'confirm',
  token: 'tok_1',
  formToken: 'form-1',
  action: 'login',
  app: 'Cloud Books',
  host: 'shop.example.com',
  account: 'li•••@ex•••.com',
  officialAccount: 'Cloud Books Service',
  browser: { browser: 'Chrome', os: 'Windows' },
  place: 'Shanghai',
  at: Date.UTC(2026, 0, 2, 16, 3),
  assurance: 'tap',
}

/** Every page, every action, every reason, with `word` wherever somebody else chooses the text. */
export function everyPage(word: string): Page[] {
  const traced = { requestId: word }
  const retry = { retryUrl: '/again', ...traced }
  const facts = { ...confirm, app: word, host: word, account: word, officialAccount: word, place: word, token: word }
  const asked: Page[] = (['tap', 'number', 'code'] as const).flatMap((assurance) => [
    { ...facts, assurance, formToken: word, browser: { browser: word, os: word } },
    { ...facts, assurance, action: 'bind', error: 'wrong_number', triesLeft: 2, browser: { os: word } },
    { ...facts, assurance, error: 'wrong_number', browser: { browser: word } },
    { ...facts, assurance, by: 'link' },
    { ...facts, assurance, by: 'inside', profileUrl: '/confirm/tok_1' },
    { ...facts, assurance, nickname: word },
  ])
  const over = ['expired', 'cancelled', 'completed', 'declined', 'too_many_tries', 'other'] as const
  const conflicts = ['wechat_already_bound', 'user_already_bound'] as const
  return [
    ...asked,
    { ...confirm, host: undefined, account: undefined, browser: undefined, place: undefined },
    { name: 'code', code: '048213', app: word, expiresAt: confirm.at },
    { name: 'confirmed', action: 'login', app: word, returnTo: 'https://shop.example.com/' },
    { name: 'confirmed', action: 'bind', app: word },
    { name: 'confirmed', action: 'login', by: 'link', app: word },
    { name: 'confirmed', action: 'bind', by: 'link', app: word },
    { name: 'confirmed', action: 'login', by: 'inside', app: word },
    { name: 'confirmed', action: 'bind', by: 'inside', app: word },
    { name: 'code', code: '048213', by: 'inside', app: word, expiresAt: confirm.at },
    { ...facts, action: 'verify', purpose: word },
    { name: 'code', code: '048213', purpose: word, app: word, expiresAt: confirm.at },
    { name: 'confirmed', action: 'verify', purpose: word, app: word },
    { name: 'confirmed', action: 'verify', purpose: word, by: 'inside', app: word },
    { name: 'declined', app: word },
    { name: 'declined', by: 'link', app: word },
    ...over.map((reason): Page => ({ name: 'flow_over', reason, ...traced })),
    ...over.map((reason): Page => ({ name: 'flow_over', reason, by: 'inside', ...traced })),
    ...conflicts.map(
      (reason): Page => ({
        name: 'conflict',
        reason,
        by: 'inside',
        app: word,
        officialAccount: word,
        sidesUrl: '/sides',
      }),
    ),
    ...(['scan', 'inside'] as const).flatMap((by): Page[] => [
      { name: 'registered', by, app: word, othersUrl: '/others', ...traced },
      { name: 'unregistered', by, app: word, registerUrl: '/register', ...traced },
    ]),
    { name: 'follow', accounts: [{ name: word, picture: 'data:image/png;base64,AA' }], back: '/me' },
    { name: 'follow', accounts: [] },
    ...conflicts.map((reason): Page => ({ name: 'conflict', reason, app: word, officialAccount: word })),
    ...conflicts.map(
      (reason): Page => ({ name: 'conflict', reason, app: word, officialAccount: word, sidesUrl: '/sides' }),
    ),
    { name: 'confirmed', action: 'login', app: word, twinsUrl: '/sides', othersUrl: '/others' },
    ...sides(word),
    ...ways(word),
    { name: 'wrong_wechat_user', ...traced },
    { name: 'taken', ...traced },
    { name: 'not_theirs', ...traced },
    { name: 'snapshot_user', ...retry },
    { name: 'oauth_declined', ...retry },
    { name: 'oauth_restart', ...retry },
    { name: 'oauth_unavailable', ...retry },
    { name: 'form_expired', ...retry },
    { name: 'state_invalid', ...traced },
    { name: 'link_over', ...traced },
    { name: 'not_found', ...traced },
    { name: 'try_again', ...traced },
    { name: 'home', version: word, simulator: true, links: { docs: '/docs', simulator: '/phone', source: '/source' } },
    { name: 'home', version: '0.1.0', simulator: false, links: { docs: '/docs' } },
  ]
}

/** The ways in to Hufu's own pages, but the one that runs a script. */
function ways(word: string): Page[] {
  const others = [{ name: word, url: '/login?account=wx1' }]
  return [
    { name: 'password', formToken: word, addresses: [word] },
    { name: 'password', formToken: word, addresses: [word], error: 'password_breached' },
    { name: 'done', done: 'unknown_person', ways: others, requestId: word },
    { name: 'done', done: 'no_email', wayUrl: '/reset', ways: others },
    { name: 'done', done: 'unfit_account', wayUrl: '/login' },
  ]
}

/** Both sides, as each person concerned sees them in each state. */
function sides(word: string): Page[] {
  const facts = { name: 'sides', token: word, formToken: word, officialAccount: word, until: confirm.at } as const
  const known = { app: word, account: word, holds: word, since: confirm.at }
  const asked = ['open', 'impossible', 'waiting_site', 'waiting_holder', 'ready', 'refused', 'undone'] as const
  return [
    ...asked.map(
      (status): Page => ({
        ...facts,
        ...known,
        reason: 'wechat_already_bound',
        role: 'asker',
        status,
        choices: ['ask'],
      }),
    ),
    { ...facts, ...known, reason: 'user_already_bound', role: 'asker', status: 'open', choices: ['ask'] },
    {
      ...facts,
      ...known,
      reason: 'user_already_bound',
      role: 'holder',
      status: 'waiting_holder',
      choices: ['allow', 'refuse'],
    },
    { ...facts, ...known, reason: 'user_already_bound', role: 'holder', status: 'ready', choices: [] },
    ...(['asker', 'holder'] as const).map(
      (role): Page => ({
        ...facts,
        ...known,
        reason: 'user_already_bound',
        role,
        status: 'waiting_holder',
        choices: [],
        silence: 'counts',
      }),
    ),
    {
      ...facts,
      ...known,
      reason: 'user_already_bound',
      role: 'holder',
      status: 'ready',
      choices: ['allow', 'refuse'],
      silence: 'counted',
    },
    { ...facts, reason: 'same_person', role: 'asker', status: 'open', choices: ['ask'] },
    { ...facts, reason: 'same_person', role: 'asker', status: 'moved', choices: ['undo'] },
  ]
}
