/**
 * Three nodes over one PostgreSQL: each flow is made on the first, pushed to the second, watched on the third and redeemed on the first.
 * Prints how long the page took to hear of the scan.
 *
 *     node --conditions=hufu-source e2e/fleet.ts --rate 100 --seconds 10
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startWorld } from './faults/world.ts'

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '100' }, seconds: { type: 'string', default: '10' } },
})
const [rate, seconds] = [Number(values.rate), Number(values.seconds)]

const world = await startWorld({ seed: 1, assurance: 'instant' })
const [first, second, third] = world.nodes
if (!first || !second || !third) throw new Error('a fleet has three nodes')
world.front.aim([second.port])
const { simulator } = world
const scanToPage: number[] = []
let redeemed = 0
let failed = 0

async function call(method: string, url: string, bearer: string, body?: object) {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

async function login(): Promise<void> {
  const { body: flow } = await call('POST', `${first?.url}/v1/flows`, world.apiKey, { kind: 'login' })
  const { id = '', secret = '', qr } = flow as { id?: string; secret?: string; qr?: { content: string } }
  const found = simulator.world.codes.find(qr?.content ?? '')
  if (found.kind !== 'code') throw new Error('the simulator does not know this code')
  const page = call('GET', `${third?.url}/v1/flows/${id}?wait=25&seen=waiting:scan`, secret)
  const person = simulator.world.people.create('somebody')
  const event = { Event: 'subscribe', EventKey: `qrscene_${found.code.scene}`, Ticket: found.code.ticket }
  // The page must be waiting before it can be told.
  await pause(50)
  const scanned = performance.now()
  const push = fetch(`${simulator.url}/_sim/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ account: world.appid, person: person.id, event }),
  })
  const { body: seen } = await page
  scanToPage.push(performance.now() - scanned)
  await push
  const body = { completion_code: seen.completion_code ?? '' }
  const { status } = await call('POST', `${first?.url}/v1/flows/${id}/redeem`, world.apiKey, body)
  if (status === 200) redeemed++
  else failed++
}

const logins: Promise<void>[] = []
const began = performance.now()
for (let number = 0; number < rate * seconds; number++) {
  const due = began + (number * 1000) / rate
  if (performance.now() < due) await pause(due - performance.now())
  logins.push(login().catch(() => void failed++))
}
await Promise.all(logins)
const took = (performance.now() - began) / 1000
const times = scanToPage.toSorted((a, b) => a - b)
const at = (share: number) => (times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(1)
console.log(
  `${(logins.length / took).toFixed(0)} flows/s over three nodes: ${redeemed} redeemed, ${failed} failed; scan → page p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
)
await world.close()
