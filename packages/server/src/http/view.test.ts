import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ConfirmPage } from '../../pages/page.ts'
import { createView, type Locale, type Page } from './view.ts'

const view = createView()
const locales: Locale[] = ['zh-CN', 'en']
const hostile = `<img src=x onerror=alert(1)>]]></title><script>alert(2)</script>" onload='x' \u202Egnp.\u0000\u0085`

const confirm: ConfirmPage = {
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
function everyPage(word: string): Page[] {
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

const text = (html: string) => html.replace(/<[^>]*>/g, '')
const tags = (html: string) => html.match(/<[^>]*>/g) ?? []
const buttons = (html: string) => html.match(/<button [^>]*>/g) ?? []

describe.each(locales)('pages in %s', (locale) => {
  it.each(everyPage('Cloud Books').map((page, index) => [`${index} ${page.name}`, page] as const))(
    'page %s is a whole document with a language, a title, a heading and no gaps',
    (_, page) => {
      const html = view.render(page, locale)
      expect(html).toMatch(/^<!doctype html>\n<html lang="(zh-CN|en)">/)
      expect(html).toContain(`<html lang="${locale}">`)
      expect(html).toMatch(/<title>[^<]{2,}<\/title>/)
      expect(html.match(/<h1>/g)).toHaveLength(1)
      expect(html).toContain('<link rel="stylesheet" href="/assets/hosted.css">')
      expect(html).toContain('<meta name="robots" content="noindex, nofollow">')
      expect(html).toContain('<meta name="referrer" content="same-origin">')
      expect(text(html)).not.toMatch(/undefined|null|NaN|\[object|[{}]|<%|%>/)
    },
  )

  it('nobody’s name becomes markup, an attribute or a change of direction', () => {
    const ordinary = everyPage('Cloud Books').map((page) => tags(view.render(page, locale)).length)
    everyPage(hostile).forEach((page, index) => {
      const html = view.render(page, locale)
      expect(tags(html)).toHaveLength(ordinary[index] ?? -1)
      expect(html).not.toMatch(/<(img (?!src="data:image)|script)/i)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what must be gone
      expect(html).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    })
  })

  it('no page carries a script, a style or a handler', () => {
    for (const page of [...everyPage('Cloud Books'), ...everyPage(hostile)]) {
      for (const tag of tags(view.render(page, locale))) {
        const names = tag.replace(/"[^"]*"/g, '""')
        expect(names).not.toMatch(/^<(script|style|iframe|object|embed|base)\b|\s(style|on\w+)\s*=|'/i)
      }
    }
  })

  it('the stylesheet and the links are the only things a page refers to', () => {
    const addresses = everyPage('x').flatMap((page) =>
      Array.from(view.render(page, locale).matchAll(/(?:href|src|action)="([^"]*)"/g), (found) => found[1]),
    )
    const known = [
      'data:,',
      '/assets/hosted.css',
      '/confirm/x',
      '/confirm/tok_1',
      '/again',
      '/docs',
      '/phone',
      '/source',
      '/sides',
      '/conflicts/x',
      '/login',
      '/login?account=wx1',
      '/me',
      '/me/password',
      '/reset',
      '/others',
      '/register',
      '/me',
      'data:image/png;base64,AA',
    ]
    expect(new Set(addresses)).toEqual(new Set([...known, 'https://shop.example.com/']))
  })
})

describe.each(locales)('who confirmed, or did not, from a page in WeChat, in %s,', (locale) => {
  it('is told of no code to scan and of no computer, whatever became of it', () => {
    const isInside = (page: Page) => 'by' in page && (page.by === 'inside' || page.by === 'link')
    const inside = everyPage('x').filter((page) => page.name !== 'confirm' && isInside(page))
    expect(inside.length).toBeGreaterThan(14)
    for (const page of inside) {
      const said = text(view.render(page, locale).replace(/<title>.*<\/title>/, ''))
      expect(said, page.name).not.toMatch(/scan|QR|computer|扫|二维码|电脑/)
    }
  })
})

describe('the confirm page', () => {
  it('is one form that posts the form token to its own address', () => {
    const html = view.render({ ...confirm, token: 'a/b?c', formToken: 'f"t' }, 'en')
    expect(html.match(/<form /g)).toHaveLength(1)
    expect(html).toContain('<form method="post" action="/confirm/a%2Fb%3Fc">')
    expect(html).toContain('<input type="hidden" name="form_token" value="f&quot;t">')
  })

  it('asks one question with two buttons, confirm first, and Decline needs no number', () => {
    for (const assurance of ['tap', 'number', 'code'] as const) {
      const [first, second, ...more] = buttons(view.render({ ...confirm, assurance }, 'en'))
      expect(first).toContain('name="decision" value="confirm"')
      expect(second).toContain('name="decision" value="decline"')
      expect(second).toContain('formnovalidate')
      expect(more).toEqual([])
    }
  })

  it('asks for the number only where the flow wants it, and never confirms by Enter without it', () => {
    const field = /<input id="number" name="number"[^>]*>/
    const [input] = view.render({ ...confirm, assurance: 'number' }, 'zh-CN').match(field) ?? []
    for (const part of [
      'inputmode="numeric"',
      'pattern="[0-9]{2}"',
      'maxlength="2"',
      'autocomplete="off"',
      ' required',
    ])
      expect(input).toContain(part)
    expect(view.render(confirm, 'zh-CN')).not.toMatch(/<input(?! type="hidden")/)
    expect(view.render({ ...confirm, assurance: 'code' }, 'zh-CN')).not.toMatch(/<input(?! type="hidden")/)
  })

  it('says how many tries are left after a wrong number', () => {
    const wrong: ConfirmPage = { ...confirm, assurance: 'number', error: 'wrong_number' }
    expect(view.render({ ...wrong, triesLeft: 3 }, 'en')).toMatch(/role="alert">Wrong number\.[^<]*Tries left: 3\./)
    expect(view.render({ ...wrong, triesLeft: 1 }, 'zh-CN')).toMatch(/role="alert">[^<]*最后一次/)
  })

  it('shows site, domain, masked account, browser, place and the time in China, in either language', () => {
    const en = text(view.render({ ...confirm, action: 'bind' }, 'en'))
    const facts = ['Cloud Books', 'shop.example.com', 'li•••@ex•••.com', 'Chrome on Windows', 'Shanghai', '00:03']
    for (const fact of facts) expect(en).toContain(fact)
    expect(text(view.render(confirm, 'zh-CN'))).toContain('Windows 上的 Chrome')
  })

  it('warns that the QR code is never sent around', () => {
    expect(view.render(confirm, 'en')).toContain('never send this QR code by chat, mail or poster')
    expect(view.render(confirm, 'zh-CN')).toContain('从不通过聊天、邮件或海报发送')
  })

  it('cuts an endless name, never a domain', () => {
    const host = `${'long-label.'.repeat(20)}example.com`
    const html = view.render({ ...confirm, app: 'ab'.repeat(200), host }, 'en')
    expect(html).not.toContain('ab'.repeat(25))
    expect(html).toContain(`<bdi>${host}</bdi>`)
  })
})

describe('the other pages', () => {
  it('the six digits are one text for whoever copies or reads them', () => {
    const html = view.render({ name: 'code', code: '048213', app: 'Cloud Books', expiresAt: confirm.at }, 'en')
    const [output] = html.match(/<output name="code"[^>]*>.*<\/output>/) ?? ['']
    expect(text(output)).toBe('048213')
    expect(html).toContain('Valid until <bdi>00:03</bdi>')
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', '//evil.example', '/\\evil.example', 'java\tscript:x', ''])(
    'no button leads to %j',
    (returnTo) => {
      const html = view.render({ name: 'confirmed', action: 'login', app: 'Cloud Books', returnTo }, 'en')
      expect(html).not.toContain('class="button"')
      expect(html).toContain('You can close this page')
    },
  )

  it('the request id is shown where there is one', () => {
    expect(view.render({ name: 'try_again', requestId: 'req_7' }, 'en')).toContain('<code>req_7</code>')
    expect(view.render({ name: 'try_again' }, 'en')).not.toContain('Request ID')
  })
})

describe('the stylesheet', () => {
  const css = readFileSync(new URL('../../pages/hosted.css', import.meta.url), 'utf8')
  const palettes = css.split('@media (prefers-color-scheme: dark)').slice(0, 2)
  const [light, dark] = palettes.map(
    (part) =>
      new Map(Array.from(part.matchAll(/(--[\w-]+): (#[0-9a-f]{6});/g), ([, key = '', color = '']) => [key, color])),
  )
  const texts = [
    ['--ink', '--card'],
    ['--soft', '--card'],
    ['--soft', '--ground'],
    ['--accent', '--card'],
    ['--accent', '--digits'],
    ['--error', '--card'],
    ['--confirm-ink', '--confirm'],
    ['--decline-ink', '--decline'],
    ['--warn-ink', '--warn-ground'],
  ] as const

  it.each(texts)('%s on %s has the contrast of WCAG AA in light and dark', (ink, ground) => {
    for (const palette of [light, new Map([...(light ?? []), ...(dark ?? [])])])
      expect(contrast(palette?.get(ink) ?? '', palette?.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5)
  })

  it('gives Decline the size and weight of Confirm: only its colour is its own', () => {
    const rules = Array.from(css.matchAll(/button\[value="(\w+)"\] \{([^}]*)\}/g), ([, value, body = '']) => [
      value,
      Array.from(body.matchAll(/([\w-]+):/g), ([, property]) => property),
    ])
    expect(rules).toEqual([['decline', ['background', 'color']]])
  })

  it('loads nothing, and the templates hold every file it needs', () => {
    expect(css).not.toMatch(/url\(|@import|@font-face/)
    expect(readdirSync(new URL('../../pages/', import.meta.url))).toContain('layout.eta')
  })
})

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(color.slice(start, start + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
