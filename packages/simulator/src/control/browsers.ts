import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isJson } from '../api/calls.ts'
import { readQuery } from '../api/routes.ts'
import type { Browser, SubmitWish } from '../browser/browsers.ts'
import { framedHtml, rewriteCss } from '../browser/framed.ts'
import { NavigationError } from '../browser/navigation.ts'
import { type Page, pageTitle, viewPage } from '../browser/pages.ts'
import type { GrantWish } from '../browser/phone.ts'
import { Refusal } from '../refusals.ts'
import type { World } from '../world.ts'
import { type Input, inputOf, readInput } from './input.ts'

type PersonRoute = { Params: { id: string } }

function readUrl(text: string | undefined): URL {
  if (text === undefined || !URL.canParse(text) || !/^https?:/i.test(text))
    throw new Refusal(400, 'bad_url', 'url must be an http or https address')
  return new URL(text)
}

function readGrant(input: Input): GrantWish {
  const { grant } = input.body
  if (grant === undefined || typeof grant === 'boolean' || grant === 'snapshot') return grant
  throw new Refusal(400, 'bad_field', 'grant must be true, false or "snapshot"')
}

function readSubmit(input: Input): SubmitWish {
  const form = input.number('form')
  const fields = input.texts('fields')
  const { button } = input.body
  if (button === undefined) return { ...(form !== undefined && { form }), ...(fields && { fields }) }
  if (!isJson(button)) throw new Refusal(400, 'bad_field', 'button must be an object')
  const wish = inputOf(button)
  const [name, value, text] = [wish.text('name'), wish.text('value'), wish.text('text')]
  return {
    ...(form !== undefined && { form }),
    ...(fields && { fields }),
    button: {
      ...(name !== undefined && { name }),
      ...(value !== undefined && { value }),
      ...(text !== undefined && { text }),
    },
  }
}

/** The frame may load pictures and styles through this origin and post its forms there, and run nothing. */
function sendFrame(request: FastifyRequest<PersonRoute>, reply: FastifyReply, page: Page): FastifyReply {
  const own = `http://${request.headers.host}`
  const policy = [
    "default-src 'none'",
    `img-src ${own} data:`,
    `style-src ${own} 'unsafe-inline'`,
    `font-src ${own} data:`,
    `form-action ${own}`,
    'sandbox allow-forms',
  ]
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', policy.join('; '))
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .send(framedHtml(page, request.params.id))
}

export function registerBrowsers(app: FastifyInstance, world: World): void {
  const browserOf = (request: FastifyRequest<PersonRoute>): Browser =>
    world.browsers.of(world.people.get(request.params.id))

  app.post<PersonRoute>('/_sim/people/:id/open', async (request) => {
    const input = readInput(request)
    const browser = browserOf(request)
    browser.wish(readGrant(input))
    return viewPage(await browser.open(readUrl(input.text('url'))))
  })

  app.post<PersonRoute>('/_sim/people/:id/submit', async (request) => {
    const input = readInput(request)
    const browser = browserOf(request)
    if (input.body.grant !== undefined) browser.wish(readGrant(input))
    return viewPage(await browser.submit(readSubmit(input)))
  })

  app.post<PersonRoute>('/_sim/people/:id/back', (request, reply) => {
    const page = browserOf(request).back()
    return page ? viewPage(page) : reply.type('application/json').send('null')
  })

  app.post<PersonRoute>('/_sim/people/:id/close', (request) => {
    browserOf(request).close()
    return {}
  })

  app.get<PersonRoute>('/_sim/people/:id/page', (request, reply) => {
    const { page } = browserOf(request)
    if (page === undefined) return reply.type('application/json').send('null')
    const { id, url, status } = page
    return reply.send({
      page: id,
      url: url.href,
      title: pageTitle(page),
      status,
      html: framedHtml(page, request.params.id),
    })
  })

  registerFrame(app, browserOf)
  registerSubscribeTag(app, world)
}

/** An open tag of the page was pressed: the popup lies over the page, which stays. */
function registerSubscribeTag(app: FastifyInstance, world: World): void {
  app.get<PersonRoute>('/_sim/people/:id/visit-subscribe', (request, reply) => {
    const person = world.people.get(request.params.id)
    const { page: id, template = '' } = readQuery(request.query)
    const page = world.browsers.of(person).requirePage(id)
    world.subscriptions.ask(person, template.split(','))
    return sendFrame(request, reply, page)
  })
}

/** What happens inside the phone's frame. Every address carries the number of the page it stands on. */
function registerFrame(app: FastifyInstance, browserOf: (request: FastifyRequest<PersonRoute>) => Browser): void {
  const queryOf = (request: FastifyRequest) => readQuery(request.query)

  // The page that was asked for may have given way by now: what was pressed in it is further on.
  app.get<PersonRoute>('/_sim/people/:id/frame', (request, reply) => {
    const browser = browserOf(request)
    return sendFrame(request, reply, browser.page ?? browser.requirePage(queryOf(request).page))
  })

  app.get<PersonRoute>('/_sim/people/:id/visit', async (request, reply) => {
    const browser = browserOf(request)
    browser.requirePage(queryOf(request).page)
    return sendFrame(request, reply, await browser.follow(readUrl(queryOf(request).url)))
  })

  app.post<PersonRoute>('/_sim/people/:id/visit-form', async (request, reply) => {
    const browser = browserOf(request)
    browser.requirePage(queryOf(request).page)
    const entries = [...new URLSearchParams(String(request.body ?? ''))]
    return sendFrame(request, reply, await browser.submitEntries(Number(queryOf(request).form ?? 0), entries))
  })

  app.get<PersonRoute>('/_sim/people/:id/fetch', async (request, reply) => {
    const browser = browserOf(request)
    const page = browser.requirePage(queryOf(request).page)
    const url = readUrl(queryOf(request).url)
    try {
      const part = await browser.fetch(url)
      if (!/^(image|font)\/|^text\/css|font/i.test(part.type)) return reply.code(404).send()
      const through = (action: string, address: string) =>
        `/_sim/people/${encodeURIComponent(request.params.id)}/${action}?page=${page.id}&url=${encodeURIComponent(new URL(address, url).href)}`
      const isCss = part.type.startsWith('text/css')
      const body = isCss ? Buffer.from(rewriteCss(part.body.toString('utf8'), through)) : part.body
      return reply.code(part.status).type(part.type).header('x-content-type-options', 'nosniff').send(body)
    } catch (error) {
      if (error instanceof NavigationError) return reply.code(404).send()
      throw error
    }
  })
}
