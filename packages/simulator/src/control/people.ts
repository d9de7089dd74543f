import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Account } from '../accounts.ts'
import { readQuery } from '../api/routes.ts'
import { LANGUAGES, type Person } from '../people.ts'
import { AUTHORIZATION_CHANGES } from '../pushes/documents.ts'
import type { Delivery } from '../pushes/engine.ts'
import { Refusal } from '../refusals.ts'
import type { World } from '../world.ts'
import { type Input, readInput } from './input.ts'

const LARGEST_CROWD = 1_000_000

type PersonRoute = { Params: { id: string } }

/** Scripts need not poll: the answer comes with the push's last word, unless they say otherwise. */
export async function pushOf(request: FastifyRequest, delivery: Delivery | undefined): Promise<string | null> {
  if (delivery === undefined) return null
  if (readQuery(request.query).wait !== 'false') await delivery.settled
  return delivery.push.id
}

export function registerPeople(app: FastifyInstance, world: World): void {
  const personOf = (request: FastifyRequest<PersonRoute>) => world.people.get(request.params.id)
  const accountOf = (input: Input) => world.accounts.get(input.requiredText('account'))

  const view = (person: Person) => ({
    id: person.id,
    name: person.name,
    language: person.language,
    phone: person.phone,
    email: person.email,
    avatar: `/mmopen/${encodeURIComponent(person.id)}/132`,
    openids: Object.fromEntries(
      world.accounts.list().map((account) => [account.appid, world.people.openid(account, person)]),
    ),
    follows: [...person.follows.keys()],
    refuses: [...person.refuses],
  })

  /** An act of a person towards an account. */
  function act(path: string, perform: (person: Person, account: Account, input: Input) => Delivery | undefined): void {
    app.post<PersonRoute>(`/_sim/people/:id/${path}`, async (request) => {
      const input = readInput(request)
      return { push: await pushOf(request, perform(personOf(request), accountOf(input), input)) }
    })
  }

  app.post('/_sim/people', (request) => {
    const input = readInput(request)
    const options = { id: input.text('id'), language: input.choice('language', LANGUAGES) }
    return view(world.people.create(input.requiredText('name'), options))
  })
  app.get('/_sim/people', () => world.people.list().map(view))
  app.get<PersonRoute>('/_sim/people/:id', (request) => view(personOf(request)))
  app.patch<PersonRoute>('/_sim/people/:id', (request) => {
    const person = personOf(request)
    const language = readInput(request).choice('language', LANGUAGES)
    if (language !== undefined) world.people.setLanguage(person, language)
    return view(person)
  })

  app.post('/_sim/crowd', (request) => {
    const input = readInput(request)
    const count = input.number('count') ?? 0
    if (!Number.isInteger(count) || count < 1 || count > LARGEST_CROWD)
      throw new Refusal(400, 'bad_field', `count must be 1 to ${LARGEST_CROWD}`)
    const account = accountOf(input)
    world.actions.crowd(account, count)
    return { followers: world.people.followerCount(account) }
  })

  app.post<PersonRoute>('/_sim/people/:id/scan', async (request) => {
    const input = readInput(request)
    const content = input.text('content') ?? input.text('ticket')
    if (content === undefined) throw new Refusal(400, 'bad_field', 'content or ticket must be given')
    const { outcome, account, delivery } = world.actions.scan(personOf(request), content)
    const push = await pushOf(request, delivery)
    return { outcome, ...(account !== undefined && { account }), ...(push !== null && { push }) }
  })

  const silent = (input: Input) => input.flag('silent') ?? false
  act('follow', (person, account, input) =>
    world.actions.follow(person, account, { content: input.text('content'), silent: silent(input) }),
  )
  act('unfollow', (person, account, input) => world.actions.unfollow(person, account, { silent: silent(input) }))
  act('say', (person, account, input) =>
    world.actions.say(person, account, input.requiredText('text'), input.text('menu_id')),
  )
  act('tap', (person, account, input) => {
    const url = input.text('url')
    return world.actions.tap(person, account, url === undefined ? { key: input.requiredText('key') } : { url })
  })

  act('authorization', (person, account, input) => {
    const change = input.choice('change', AUTHORIZATION_CHANGES)
    if (change === undefined)
      throw new Refusal(400, 'bad_field', `change must be one of ${AUTHORIZATION_CHANGES.join(', ')}`)
    return world.actions.changeAuthorization(person, account, change, input.text('revoke_info'))
  })

  app.get<PersonRoute>('/_sim/people/:id/chat', (request) =>
    world.chat.list(personOf(request), readQuery(request.query).account),
  )
}
