/**
 * Guessing verification codes at scale: for each of many codes, which go to people's WeChat as always, so many wrong tries at once, at every node;
 * then what the database has counted, and what it came to.
 *
 *     node --conditions=hufu-source e2e/guessing.ts --engine postgres --challenges 1000 --tries 200 [--seed N] [--limits default]
 *
 * All limits but the code's own are out of the way, so that nothing else keeps the tries from it. The guesses at one code are all different: nobody
 * guesses better than that.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { type Caller, createCaller } from './guessing/caller.ts'
import { createRandom, type Random } from './kill/random.ts'
import { makeRecipient } from './sending/people.ts'
import { type Stage, stageFleet, stageServer } from './sending/stages.ts'

export interface GuessingReport {
  engine: 'sqlite' | 'postgres'
  nodes: number
  seed: number
  limits: 'high' | 'default'
  challenges: number
  tries: number
  /** Tries that the database has counted for one code. */
  evaluated: { least: number; worst: number; all: number }
  successes: number
  expectedByChance: number
  answers: Record<string, number>
  /** The right digits, after all that: refused, and let in. */
  rightDigitsAfter: { refused: number; letIn: number }
  /** One code that nobody guesses at: its own digits are let in, so that a success would have been seen. */
  control: string
  seconds: number
}

interface GuessingOptions {
  engine: 'sqlite' | 'postgres'
  challenges: number
  tries: number
  seed?: number
  limits?: 'high' | 'default'
}

const purpose = '更换手机号'
const triesPerCode = 5
const ample = '1000000000'
const outOfTheWay = {
  HUFU_LIMIT_WECHAT_CODES_PER_APP: ample,
  HUFU_LIMIT_WECHAT_CODES_PER_ADDRESS: ample,
  HUFU_LIMIT_WECHAT_CODES_PER_WECHAT: ample,
  HUFU_LIMIT_WRONG_CODES_PER_HOUR: ample,
}

export async function guessingRun(options: GuessingOptions): Promise<GuessingReport> {
  const { engine, challenges, tries, seed = randomInt(2 ** 31), limits = 'high' } = options
  const random = createRandom(seed)
  const settings = limits === 'high' ? outOfTheWay : {}
  const stage =
    engine === 'sqlite' ? await stageServer({ settings }) : await stageFleet(seed, random, { nodes: 2, settings })
  const caller = createCaller(stage, { atOnce: tries })
  try {
    const began = performance.now()
    const answers: Record<string, number> = {}
    const rightDigitsAfter = { refused: 0, letIn: 0 }
    for (let challenge = 0; challenge < challenges; challenge++) {
      const { id, right } = await newChallenge(stage, caller)
      const guesses = await Promise.all(
        guessesOf(random, tries).map((code, at) => caller.post(`/v1/codes/${id}/check`, { code, purpose }, at)),
      )
      for (const { kind } of guesses) answers[kind] = (answers[kind] ?? 0) + 1
      const late = await caller.post(`/v1/codes/${id}/check`, { code: right, purpose })
      rightDigitsAfter[late.status === 200 ? 'letIn' : 'refused']++
    }
    const seconds = Math.round((performance.now() - began) / 1_000)
    const counted = await stage.sql('SELECT tries, used_at FROM codes')
    const evaluated = counted.map((row) => Number(row.tries))
    const { id, right } = await newChallenge(stage, caller)
    return {
      engine,
      nodes: stage.urls.length,
      seed,
      limits,
      challenges,
      tries: challenges * tries,
      evaluated: {
        least: Math.min(...evaluated),
        worst: Math.max(...evaluated),
        all: evaluated.reduce((sum, one) => sum + one, 0),
      },
      successes: counted.filter((row) => row.used_at !== null).length,
      expectedByChance: (challenges * triesPerCode) / 1e6,
      answers,
      rightDigitsAfter,
      control: (await caller.post(`/v1/codes/${id}/check`, { code: right, purpose })).kind,
      seconds,
    }
  } finally {
    caller.close()
    await stage.close()
  }
}

/** A code that has arrived on somebody's phone. */
async function newChallenge(stage: Stage, caller: Caller): Promise<{ id: string; right: string }> {
  const { user, openid } = await makeRecipient(stage)
  const { status, kind, body } = await caller.post('/v1/codes', { user, purpose })
  if (status !== 202) throw new Error(`a code was answered ${kind}`)
  return { id: body.id, right: await caller.read(openid) }
}

function guessesOf(random: Random, count: number): string[] {
  const guesses = new Set<string>()
  while (guesses.size < count) guesses.add(String(random.whole(0, 999_999)).padStart(6, '0'))
  return [...guesses]
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      engine: { type: 'string', default: 'sqlite' },
      challenges: { type: 'string', default: '100' },
      tries: { type: 'string', default: '200' },
      seed: { type: 'string' },
      limits: { type: 'string', default: 'high' },
    },
  })
  const report = await guessingRun({
    engine: values.engine === 'postgres' ? 'postgres' : 'sqlite',
    challenges: Number(values.challenges),
    tries: Number(values.tries),
    limits: values.limits === 'default' ? 'default' : 'high',
    ...(values.seed !== undefined && { seed: Number(values.seed) }),
  })
  console.log(JSON.stringify(report, null, 2))
}
