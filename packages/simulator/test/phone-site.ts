/** An account's server and website for the phone page to meet: plaintext callbacks, a form, a cookie. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Site = {
  url: string
  /** Where the link of the welcome and of the answer to "link" leads. */
  link: string
  pushes: { event: string; key: string; text: string }[]
  /** What every page of the site is. */
  page: string
  /** Pages asked for, as path and query. */
  visits: string[]
  close(): Promise<void>
}

export async function startSite(): Promise<Site> {
  const server = createServer(async (request, response) => {
    const body = await readBody(request)
    const { pathname } = new URL(request.url ?? '/', site.url)
    if (pathname === '/wechat') {
      response.end(answerPush(site, body))
      return
    }
    site.visits.push(request.url ?? '')
    const visit = Number(/visit=(\d+)/.exec(request.headers.cookie ?? '')?.[1] ?? 0)
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'set-cookie': `visit=${visit + 1}; Path=/` })
    response.end(request.method === 'POST' ? donePage(visit, body) : site.page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const site: Site = {
    url,
    link: `${url}/confirm`,
    pushes: [],
    page: confirmPage,
    visits: [],
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return site
}

const confirmPage = `<!doctype html><title>Confirm</title><h1>Really?</h1>
<p id="proof">without script</p><script>document.getElementById('proof').textContent = 'with script'</script>
<form method="post" action="/confirm"><button name="decision" value="yes">Yes</button></form>`

function donePage(visit: number, body: string): string {
  const decision = new URLSearchParams(body).get('decision')
  return `<!doctype html><title>Done</title><p>cookie visit=${visit}, decision ${decision}</p>`
}

function answerPush(site: Site, xml: string): string {
  const push = { event: field(xml, 'Event'), key: field(xml, 'EventKey'), text: field(xml, 'Content') }
  site.pushes.push(push)
  if (push.event === 'subscribe') return reply(xml, textBody(`welcome, <a href="${site.link}">open the page</a>`))
  if (push.event === 'SCAN') return reply(xml, textBody(`scanned ${push.key}`))
  if (push.event !== '') return 'success'
  if (push.text === 'nonsense') return '{"nonsense":true}'
  if (push.text === 'link') return reply(xml, textBody(`again: <a href="${site.link}">open the page</a>`))
  if (push.text === 'script') return reply(xml, textBody('<a href="javascript:alert(1)">press me</a>'))
  if (push.text === 'news') return reply(xml, newsBody('A card', site.link))
  return reply(xml, textBody(`you said ${push.text}`))
}

function reply(xml: string, body: string): string {
  const names = `<ToUserName>${cdata(field(xml, 'FromUserName'))}</ToUserName><FromUserName>${cdata(field(xml, 'ToUserName'))}</FromUserName>`
  return `<xml>${names}<CreateTime>${field(xml, 'CreateTime')}</CreateTime>${body}</xml>`
}

const textBody = (text: string) => `<MsgType>${cdata('text')}</MsgType><Content>${cdata(text)}</Content>`

function newsBody(title: string, url: string): string {
  const item = `<Title>${cdata(title)}</Title><Description>${cdata('about it')}</Description><PicUrl></PicUrl><Url>${cdata(url)}</Url>`
  return `<MsgType>${cdata('news')}</MsgType><ArticleCount>1</ArticleCount><Articles><item>${item}</item></Articles>`
}

const cdata = (text: string) => `<![CDATA[${text}]]>`

function field(xml: string, name: string): string {
  return new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([\\s\\S]*?)(?:\\]\\]>)?</${name}>`).exec(xml)?.[1] ?? ''
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}
