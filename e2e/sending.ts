/**
 * Sending under faults: a tenth of the calls to WeChat go wrong in every way at once while a node is killed every five seconds, every third time in order; then Hufu's states
 * are compared with what WeChat took. Meanwhile other people allow one message each and press a button of an approval, of which nodes die in the middle:
 * what the site heard is compared with what they pressed.
 *
 *     node --conditions=hufu-source e2e/sending.ts --engine postgres --sends 50000
 *     node --conditions=hufu-source e2e/sending.ts --engine sqlite --sends 10000 [--people 500] [--seed N]
 *
 * Time: minutes and days of quota are not waited for. Whenever an account is paused, the pause is ended in the database within a second, with the
 * jobs that wait for it; for a day, first tries become a day older, and the simulator forgets which messages it would know again.
 */
import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createRandom } from './kill/random.ts'
import { makeRecipients, postMessage, type Recipient } from './sending/people.ts'
import { templateSend as path, type Reckoning, reckon } from './sending/reckoning.ts'
import { oneTimeSend, reckonYeses } from './sending/reckoning-yeses.ts'
import { type Stage, stageFleet, stageServer } from './sending/stages.ts'
import { sayYes } from './sending/yeses.ts'

const refusals = [-1, 40001, 45009, 45011, 43101, 43004, 43108]
const share = 0.1
/** Of one-time messages, which are few. What WeChat refuses for good would hide what was counted wrong. */
const oneTime = { refusals: [-1, 40001], share: 0.4 }
const killEveryMs = 5_000
const dayMs = 24 * 3_600_000
/** Requests of the site at a time. */
const writers = 12

interface Run extends Reckoning {
  seed: number
  kills: number
  minutesPassed: number
  daysPassed: number
  secondsToPost: number
  secondsToEnd: number
  calls: number
  /** What the site was told of permissions for one message, and of approvals. */
  told: Record<string, number>
}

async function run(
  stage: Stage,
  { sends, people, seed }: { sends: number; people: number; seed: number },
): Promise<Run> {
  const { world } = stage.simulator
  const account = world.accounts.get(stage.appid)
  const content = '单号：{{character_string1.DATA}}'
  const template = world.templates.add(account, { kind: 'template', title: '订单', content })
  await stage.sql(`UPDATE jobs SET run_at = 0 WHERE kind = 'templates.sync'`)
  const [recipients, sayers] = [await makeRecipients(stage, people), await makeRecipients(stage, people)]
  while ((await stage.sql('SELECT template_id FROM templates')).length === 0) await pause(100)
  console.log(`${recipients.length} people are users of the site`)

  function trouble(api: string, errcodes: number[], share: number): void {
    const kinds = [
      { kind: 'timeout' },
      { kind: 'reset_after_accept' },
      ...errcodes.map((errcode) => ({ kind: 'errcode', errcode })),
    ]
    for (const fault of kinds) world.faults.add({ ...fault, path: api, rate: share / kinds.length } as never)
  }
  trouble(path, refusals, share)
  trouble(oneTimeSend, oneTime.refusals, oneTime.share)
  const over = new AbortController()
  const passed = { minutes: 0, days: 0 }
  let kills = 0
  let killing = Promise.resolve()
  function kill(): Promise<void> {
    kills++
    killing = killing.then(stage.kill)
    return killing
  }
  const killings = every(killEveryMs, over.signal, kill)
  const passing = every(1_000, over.signal, () => passTime(stage, passed))

  const began = performance.now()
  const sent = new Map<string, { recipient: Recipient; number: number }>()
  const not_after = new Date(Date.now() + 20 * dayMs).toISOString()
  const saying = sayYes(stage, sayers, { random: createRandom(seed), kill })
  const left = recipients.values()
  await Promise.all(
    Array.from({ length: writers }, async () => {
      // One after the other: each person's own order is known.
      for (const recipient of left)
        for (let number = 0; number < sends / people; number++) {
          const data = { character_string1: String(number) }
          const body = { user: recipient.user, template: template.template_id, data, not_after }
          sent.set(await postMessage(stage, body, `${recipient.openid} ${number}`), { recipient, number })
        }
    }),
  )
  const posted = performance.now()
  const said = await saying
  for (let open = Number.POSITIVE_INFINITY; open > 0; await pause(500)) {
    const [row] = await stage.sql(`SELECT count(*) AS n FROM messages WHERE state IN ('ready', 'sending')`)
    open = Number(row?.n)
  }
  const ended = performance.now()
  over.abort()
  await Promise.all([killings, passing])
  const [{ violations, ...reckoned }, yeses] = [await reckon(stage, sent), await reckonYeses(stage, said)]
  return {
    seed,
    kills,
    minutesPassed: passed.minutes,
    daysPassed: passed.days,
    secondsToPost: Math.round((posted - began) / 1_000),
    secondsToEnd: Math.round((ended - began) / 1_000),
    calls: world.ledger.calls()[path] ?? 0,
    ...reckoned,
    told: yeses.told,
    violations: [...violations, ...yeses.violations],
  }
}

async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await pause(ms, undefined, { signal }).catch(() => {})
    if (!signal.aborted) await work()
  }
}

async function passTime(stage: Stage, passed: { minutes: number; days: number }): Promise<void> {
  const now = Date.now()
  const pauses = await stage.sql(`SELECT reason FROM sending_pauses WHERE until > ${now}`)
  if (pauses.length === 0) return
  if (pauses.some(({ reason }) => reason === 'quota_day')) {
    passed.days++
    await stage.sql(
      `UPDATE messages SET first_started_at = first_started_at - ${dayMs}
       WHERE first_started_at IS NOT NULL AND state IN ('ready', 'sending')`,
    )
    stage.simulator.world.deduplication.clear()
  } else passed.minutes++
  await stage.sql(`UPDATE sending_pauses SET until = 0 WHERE until > ${now}`)
  await stage.sql(
    `UPDATE jobs SET run_at = ${now} WHERE kind = 'messages.send_next' AND state = 'ready' AND lease_until IS NULL AND run_at > ${now + 5_000}`,
  )
}

/** The whole run on an installation of its own. */
export async function sendingRun(options: {
  engine: 'sqlite' | 'postgres'
  sends: number
  people: number
  seed?: number
}): Promise<Run> {
  const { engine, seed = randomInt(2 ** 31), ...rest } = options
  const stage = engine === 'sqlite' ? await stageServer() : await stageFleet(seed, createRandom(seed))
  try {
    return await run(stage, { ...rest, seed })
  } finally {
    await stage.close()
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      engine: { type: 'string', default: 'postgres' },
      sends: { type: 'string', default: '5000' },
      people: { type: 'string', default: '250' },
      seed: { type: 'string' },
    },
  })
  const { violations, unknown, ...figures } = await sendingRun({
    engine: values.engine === 'sqlite' ? 'sqlite' : 'postgres',
    sends: Number(values.sends),
    people: Number(values.people),
    ...(values.seed !== undefined && { seed: Number(values.seed) }),
  })
  console.log(figures)
  console.log(`unknown, for somebody to look at: ${unknown.length}`, unknown.slice(0, 50).join(' '))
  for (const violation of violations.slice(0, 30)) console.log(`FAIL ${violation}`)
  console.log(`${violations.length} violations`)
  if (violations.length > 0) process.exitCode = 1
}
