import { describe, expect, it } from 'vitest'
import type { ConfirmPage } from '../../pages/page.ts'
import { confirm, everyPage } from '../../test/every-page.ts'
import { createView, type Locale, type Page } from './view.ts'

const view = createView()
const locales: Locale[] = ['zh-CN', 'en']
const hostile = `<img src=x onerror=alert(1)>]]></title><script>alert(2)</script>" onload='x' \u202Egnp.\u0000\u0085`

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
