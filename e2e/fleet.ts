/**
 * Three nodes over one PostgreSQL: each flow is made at the first, WeChat pushes to the second, the page waits at the third, and the first redeems.
 * Prints how long it takes from the scan to the page that knows of it.
 *
 *     node --conditions=hufu-source e2e/fleet.ts [--rate 100] [--seconds 10]
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { call } from './faults/calls.ts'
import { startWorld, type World } from './faults/world.ts'

export interface FleetReport {
  rate: number
  begun: number
  /** Made, scanned, seen by the page and redeemed. */
  through: number
  stopped: Record<string, number>
  scanToPage: { p50: number; p99: number; worst: number }
  /** From the first flow to the last redemption. */
  seconds: number
}

export async function fleetRun({ rate, seconds }: { rate: number; seconds: number }): Promise<FleetReport> {
  // A scan confirms by itself, so that the machine's two cores go to the nodes and not to the phones.
  const world = await startWorld({ seed: 1, assurance: 'instant' })
  try {
    const second = world.nodes[1]?.port
    if (second === undefined) throw new Error('a fleet has three nodes')
    world.front.aim([second])
    const times: number[] = []
    const stopped: Record<string, number> = {}
    const flows: Promise<void>[] = []
    const began = performance.now()
    for (let number = 0; number < rate * seconds; number++) {
      const late = performance.now() - began
      // Open load: who comes next does not wait for those before.
      const due = (number * 1_000) / rate
      if (due > late) await pause(due - late)
      flows.push(
        oneFlow(world, times).catch((error) => {
          const what = String(error instanceof Error ? error.message : error)
          stopped[what] = (stopped[what] ?? 0) + 1
        }),
      )
    }
    await Promise.all(flows)
    const took = (performance.now() - began) / 1_000
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number) => Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 10) / 10
    return {
      rate,
      begun: flows.length,
      through: flows.length - Object.values(stopped).reduce((sum, one) => sum + one, 0),
      stopped,
      scanToPage: { p50: at(0.5), p99: at(0.99), worst: at(1) },
      seconds: Math.round(took * 10) / 10,
    }
  } finally {
    await world.close()
  }
}

async function oneFlow(world: World, times: number[]): Promise<void> {
  const [first, , third] = world.nodes
  const { people, accounts } = world.simulator.world
  const made = await call('POST', `${first?.url}/v1/flows`, { body: { kind: 'login' }, bearer: world.apiKey })
  if (made.status !== 201) throw new Error(`create ${made.status}`)
  const { id, secret, qr } = made.body
  const person = people.create('somebody')
  people.follow(accounts.get(world.appid), person, { scene: 'ADD_SCENE_SEARCH', qrScene: 0, qrSceneText: '' })
  // The page waits before anybody scans, as it does in life.
  const page = call('GET', `${third?.url}/v1/flows/${id}?wait=20&seen=waiting:scan`, { bearer: secret })
  page.catch(() => {})
  await pause(20)
  const scanned = performance.now()
  const { delivery } = world.simulator.world.actions.scan(person, qr.content)
  const { status, body } = await page
  if (status !== 200 || body.state !== 'confirmed') throw new Error(`page ${status} ${body.state}`)
  times.push(performance.now() - scanned)
  await delivery?.settled
  const redeemed = await call('POST', `${first?.url}/v1/flows/${id}/redeem`, {
    body: { completion_code: body.completion_code },
    bearer: world.apiKey,
  })
  if (redeemed.status !== 200) throw new Error(`redeem ${redeemed.status}`)
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { rate: { type: 'string', default: '100' }, seconds: { type: 'string', default: '10' } },
  })
  const report = await fleetRun({ rate: Number(values.rate), seconds: Number(values.seconds) })
  console.log(report)
  if (report.through < report.begun) process.exitCode = 1
}
