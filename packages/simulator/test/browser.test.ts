import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './harness.ts'

type Seen = { method: string; path: string; headers: http.IncomingHttpHeaders; body: string }
type Handler = (seen: Seen, response: http.ServerResponse) => void

let bench: Bench
let server: http.Server
let origin: string
let seen: Seen[]
let handle: Handler
// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
let person: any

beforeEach(async () => {
  bench = await Bench.start()
  person = await bench.person()
  seen = []
  handle = (_seen, response) => response.end('<!doctype html><title>ok</title>')
  server = http.createServer((request, response) => {
    let body = ''
    request.on('data', (bytes) => {
      body += bytes
    })
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
      seen.push(one)
      response.setHeader('content-type', 'text/html')
      handle(one, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  await bench.simulator.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const open = (path = '/', who = person) =>
  bench.post(`/_sim/people/${who.id}/open`, { url: new URL(path, origin).href })
const submit = (wish: Record<string, unknown> = {}) => bench.post(`/_sim/people/${person.id}/submit`, wish)

const PAGE = `<!doctype html><title> Confirm  login </title>
<h1>Log in</h1><p>to <b>example.com</b></p><p hidden>secret</p><script>document.title='x'</script><noscript>no script</noscript>
<form method="post" action="/confirm?f=1">
<input type="hidden" name="token" value="t&amp;1"><input name="number"><input type="checkbox" name="remember" checked>
<input type="radio" name="r" value="a"><input type="radio" name="r" value="b" checked><select name="s"><option>one<option selected value="2">two</select>
<textarea name="note">
line</textarea><input name="off" disabled value="x"><fieldset disabled><input name="off2"></fieldset>
<button name="decision" value="confirm">Con<i>firm</i></button><button name="decision" value="decline" formaction="/no">Decline</button>
</form><output name="code">12 34</output><a href="/help#top">Help</a><input name="late" form="other"><form id="other" action="/search"><input type="submit" value="Go"></form>`

describe('the language of the phone', () => {
  const told = () => {
    const { 'accept-language': accepted, 'user-agent': agent } = seen.at(-1)?.headers ?? {}
    return [accepted, /Language\/\S+/.exec(agent ?? '')?.[0]]
  }

  it('is Chinese unless the person says otherwise, and told to every page and picture', async () => {
    await open()
    expect(told()).toEqual(['zh-CN,zh;q=0.9', 'Language/zh_CN'])
    await bench.send('PATCH', `/_sim/people/${person.id}`, { language: 'en' })
    const { page } = await open()
    expect(told()).toEqual(['en-US,en;q=0.9', 'Language/en'])
    const picture = encodeURIComponent(`${origin}/picture`)
    await fetch(`${bench.url}/_sim/people/${person.id}/fetch?page=${page}&url=${picture}`)
    expect(seen.at(-1)?.path).toBe('/picture')
    expect(told()).toEqual(['en-US,en;q=0.9', 'Language/en'])
  })
})

describe('a page', () => {
  it('is told as a reader sees it', async () => {
    handle = (_seen, response) => response.end(PAGE)
    expect(await open('/x')).toEqual({
      page: expect.any(String),
      url: `${origin}/x`,
      status: 200,
      title: 'Confirm login',
      text: 'Log in\nto example.com\nno script\nConfirm\nDecline\n12 34Help',
      subscriptions: [],
      outputs: { code: '12 34' },
      links: [{ text: 'Help', url: `${origin}/help#top` }],
      forms: [
        {
          action: `${origin}/confirm?f=1`,
          method: 'post',
          fields: { token: 't&1', number: '', remember: 'on', r: 'b', s: '2', note: 'line' },
          buttons: [
            { name: 'decision', value: 'confirm', text: 'Confirm' },
            { name: 'decision', value: 'decline', text: 'Decline' },
          ],
        },
        {
          action: `${origin}/search`,
          method: 'get',
          fields: { late: '' },
          buttons: [{ name: '', value: 'Go', text: 'Go' }],
        },
      ],
    })
    expect(seen[0]?.headers['user-agent']).toMatch(/iPhone.*MicroMessenger\/8\.0\.50/)
  })

  it('that cannot be reached has status 0', async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    expect(await open('/x')).toMatchObject({ status: 0, url: `${origin}/x`, title: '无法打开网页' })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  it('that refreshes at once leads on', async () => {
    handle = ({ path }, response) =>
      response.end(path === '/a' ? '<meta http-equiv="refresh" content="0; url=/b">' : '<title>b</title>')
    expect(await open('/a')).toMatchObject({ url: `${origin}/b`, title: 'b' })
  })

  it('that redirects for ever ends', async () => {
    handle = (_seen, response) => response.writeHead(302, { location: '/again' }).end()
    expect(await open()).toMatchObject({ status: 0 })
    expect(seen).toHaveLength(21)
  })
})

describe('a form', () => {
  beforeEach(() => {
    handle = (_seen, response) => response.end(PAGE)
  })
  const fields = () => Object.fromEntries(new URLSearchParams(seen.at(-1)?.body))

  it('is sent with what the person typed and the button pressed', async () => {
    await open()
    await submit({ fields: { number: '42', r: 'a' }, button: { name: 'decision', value: 'confirm' } })
    expect(seen.at(-1)).toMatchObject({ method: 'POST', path: '/confirm?f=1' })
    expect(fields()).toEqual({
      token: 't&1',
      number: '42',
      remember: 'on',
      r: 'a',
      s: '2',
      note: 'line',
      decision: 'confirm',
    })
  })

  it('goes where its button says, and by its first button when none is named', async () => {
    await open()
    await submit({ button: { text: 'Decline' } })
    expect(seen.at(-1)?.path).toBe('/no')
    await submit()
    expect(fields()).toMatchObject({ decision: 'confirm' })
    await submit({ form: 1, fields: { late: 'a b' } })
    expect(seen.at(-1)).toMatchObject({ method: 'GET', path: '/search?late=a+b' })
  })

  it('has no fields and buttons but its own', async () => {
    await open()
    expect(await submit({ fields: { openid: 'o' } })).toMatchObject({ error: 'no_such_field' })
    expect(await submit({ button: { value: 'maybe' } })).toMatchObject({ error: 'no_such_button' })
    expect(await submit({ form: 2 })).toMatchObject({ error: 'no_such_form' })
    expect(seen).toHaveLength(1)
  })

  it('is redirected to as a GET by 302, as the same POST by 307', async () => {
    await open()
    handle = ({ path }, response) =>
      path.startsWith('/confirm') ? response.writeHead(302, { location: '/done' }).end() : response.end(PAGE)
    await submit()
    expect(seen.at(-1)).toMatchObject({ method: 'GET', path: '/done', body: '' })
    expect(seen.at(-1)?.headers.origin).toBeUndefined()
    handle = ({ path }, response) =>
      path.startsWith('/confirm') ? response.writeHead(307, { location: '/done' }).end() : response.end('')
    await submit()
    expect(seen.at(-1)).toMatchObject({ method: 'POST', path: '/done' })
    expect(seen.at(-1)?.body).toContain('decision=confirm')
  })

  it.each([
    ['', undefined, 'own', 'own'],
    ['no-referrer', 'no-referrer', 'null', undefined],
    ['same-origin', 'same-origin', 'own', 'own'],
    ['origin', 'origin', 'own', 'origin'],
  ])('under the policy "%s" tells its origin as Chromium does', async (_, policy, expectedOrigin, referer) => {
    handle = (_seen, response) => {
      if (policy) response.setHeader('referrer-policy', policy)
      response.end(PAGE)
    }
    await open('/page')
    await submit()
    const headers: http.IncomingHttpHeaders = seen.at(-1)?.headers ?? {}
    expect(headers.origin).toBe(expectedOrigin === 'own' ? origin : 'null')
    expect(headers.referer).toBe({ own: `${origin}/page`, origin: `${origin}/` }[referer ?? ''])
    expect(headers['sec-fetch-site']).toBe('same-origin')
  })
})

describe('cookies', () => {
  it('stay with one person', async () => {
    handle = (_seen, response) => response.setHeader('set-cookie', ['sid=1; HttpOnly', 'b=2; Path=/deep']).end('')
    await open()
    const other = await bench.person('别人')
    await open('/deep/x', other)
    expect(seen.at(-1)?.headers.cookie).toBeUndefined()
    await open('/deep/x')
    expect(seen.at(-1)?.headers.cookie).toBe('b=2; sid=1')
    await open('/deeper')
    expect(seen.at(-1)?.headers.cookie).toBe('sid=1')
  })

  it('set on the way of a redirect are kept, and deleted ones go', async () => {
    handle = ({ path }, response) => {
      if (path === '/in')
        response.writeHead(302, { location: '/home', 'set-cookie': 'sid=1; Secure; SameSite=Strict' }).end()
      else if (path === '/out')
        response.writeHead(302, { location: '/home', 'set-cookie': 'sid=; Max-Age=0; Secure' }).end()
      else response.end('')
    }
    await open('/in')
    expect(seen.at(-1)?.headers.cookie).toBe('sid=1')
    await open('/out')
    expect(seen.at(-1)?.headers.cookie).toBeUndefined()
  })

  it('marked strict or lax do not go along with a foreign site’s form', async () => {
    const page = `<form method="post" action="${origin}/target"><button>go</button></form><a href="${origin}/target">go</a>`
    handle = ({ path }, response) => {
      if (path === '/set')
        response.setHeader('set-cookie', ['s=1; SameSite=Strict', 'l=1', 'n=1; SameSite=None; Secure'])
      response.end(path === '/foreign' ? page : '')
    }
    await open('/set')
    // The same server under another name is another site.
    await open(`${origin.replace('127.0.0.1', 'localhost')}/foreign`)
    await submit()
    expect(seen.at(-1)?.headers).toMatchObject({ cookie: 'n=1', 'sec-fetch-site': 'cross-site' })
    expect(seen.at(-1)?.headers.origin).toBe(origin.replace('127.0.0.1', 'localhost'))
  })
})

describe('the framed page', () => {
  const hostile = `<!doctype html><base href="/dir/"><script>x</script><body onload="x()"><a href="javascript:x()">j</a>
<a href="next?a=1" target="_blank">n</a><iframe src="/f"></iframe><img src="p.png" onerror="x"><link rel="stylesheet" href="s.css">
<style>b{background:url(bg.png)}</style><form action="/post" method="get"><input name="q"><button name="go" value="1">go</button></form>`
  const frame = (path: string, init?: RequestInit) => fetch(`${bench.url}${path}`, init)

  beforeEach(() => {
    handle = ({ path }, response) => {
      if (path === '/dir/s.css') response.setHeader('content-type', 'text/css').end('i{background:url("../i.png")}')
      else if (path === '/dir/p.png') response.setHeader('content-type', 'image/png').end('png')
      else response.end(path === '/' ? hostile : '<title>next</title>')
    }
  })

  it('runs nothing and leads everything through the person’s browser', async () => {
    await open()
    const { html, page } = await bench.get(`/_sim/people/${person.id}/page`)
    expect(html).not.toMatch(/<script|onload|onerror|javascript:|<iframe|<base|_blank/)
    expect(html).toContain(`/visit?page=${page}&amp;url=${encodeURIComponent(`${origin}/dir/next?a=1`)}`)
    expect(html).toContain(
      `url("/_sim/people/${person.id}/fetch?page=${page}&url=${encodeURIComponent(`${origin}/dir/bg.png`)}`,
    )
    const answer = await frame(`/_sim/people/${person.id}/frame?page=${page}`)
    expect(await answer.text()).toBe(html)
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox allow-forms$/)
  })

  it('shows what is open, also to who asks for a page that has given way', async () => {
    const root = `/_sim/people/${person.id}`
    const first = await open()
    await open(`${origin}/dir/next?a=1`)
    const { html, page } = await bench.get(`${root}/page`)
    expect(page).not.toBe(first.page)
    expect(await (await frame(`${root}/frame?page=${first.page}`)).text()).toBe(html)
    await bench.post(`${root}/close`, {})
    expect((await frame(`${root}/frame?page=${page}`)).status).toBe(409)
  })

  it('visits links, submits forms and fetches parts', async () => {
    await open()
    const { page } = await bench.get(`/_sim/people/${person.id}/page`)
    const root = `/_sim/people/${person.id}`
    const part = (url: string) => frame(`${root}/fetch?page=${page}&url=${encodeURIComponent(origin + url)}`)
    expect(await (await part('/dir/s.css')).text()).toContain(encodeURIComponent(`${origin}/i.png`))
    expect((await part('/dir/p.png')).status).toBe(200)
    expect((await part('/page.html')).status).toBe(404)
    const form = { method: 'POST', body: new URLSearchParams({ q: 'a b', go: '1' }), headers: { origin: 'null' } }
    expect(await (await frame(`${root}/visit-form?page=${page}&form=0`, form)).text()).toContain('next')
    expect(seen.at(-1)).toMatchObject({ method: 'GET', path: '/post?q=a+b&go=1' })
    expect(seen.at(-1)?.headers.referer).toBe(`${origin}/`)
    const visit = (id: string) => frame(`${root}/visit?page=${id}&url=${encodeURIComponent(origin)}`)
    expect((await visit(page)).status).toBe(409)
    expect((await visit((await bench.get(`${root}/page`)).page)).status).toBe(200)
    expect(await bench.post(`${root}/back`)).toMatchObject({ title: 'next' })
    await bench.post(`${root}/close`)
    expect(await bench.get(`${root}/page`)).toBeNull()
  })
})
