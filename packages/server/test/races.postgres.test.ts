import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, type Redeemed, startTwoAccounts } from './companies.ts'
import type { NewFlow, Problem } from './harness.ts'
import { countRows } from './wire.ts'

/** Two nodes on one database. */
let company: Company
let a: string
let b: string
let bases: string[]
beforeAll(async () => {
  ;({ company, a, b } = await startTwoAccounts())
  bases = [company.world.base, await company.world.addNode()]
})
afterAll(() => company.world.close())

const somebody = () => company.world.newPerson({ follows: false })

/** Each at a node of its own, at once. */
function redeemAtOnce(confirmed: { flow: NewFlow; code: string }[]) {
  return Promise.all(
    confirmed.map(async ({ flow, code }, at) => {
      const response = await fetch(`${bases[at % 2]}/v1/flows/${flow.id}/redeem`, {
        method: 'POST',
        headers: { authorization: `Bearer ${company.world.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ completion_code: code }),
      })
      return { status: response.status, body: (await response.json()) as Redeemed & Problem }
    }),
  )
}

test('two first logins with one unionid, at two nodes: one user [T20, D6]', async () => {
  for (let round = 0; round < 5; round++) {
    const person = await somebody()
    const both = [await company.confirmed(person, a), await company.confirmed(person, b)]
    const before = await countRows(company.world)
    const answers = await redeemAtOnce(both)
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(new Set(answers.map(({ body }) => body.user?.id)).size).toBe(1)
    expect((await countRows(company.world)).users).toBe(before.users + 1)
  }
})

test('two people who finish the same bind at two nodes: one winner [T20]', async () => {
  for (let round = 0; round < 5; round++) {
    const body = { kind: 'bind', external_user_id: `race-${round}` }
    const both = [
      await company.confirmed(await somebody(), a, body),
      await company.confirmed(await somebody(), a, body),
    ]
    const answers = await redeemAtOnce(both)
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('user_already_bound')
  }
})
