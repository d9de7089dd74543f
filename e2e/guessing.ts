/**
 * Guessing verification codes at scale: for each of many codes, which go to people's WeChat as always, so many wrong tries at once, at every node;
 * then what the database has counted, and what it came to.
 *
 *     node --conditions=hufu-source e2e/guessing.ts --engine postgres --challenges 1000 --tries 200 [--seed N] [--limits default]
 *
 * All limits but the code's own are out of the way, so that nothing else keeps the tries from it. The guesses at one code are all different: nobody
 * guesses better than that. While they are under way, somebody else begins a login at each node.
 *
 * What is answered 503 is told apart: a try is not repeated, everybody else comes again when told to.
 */
import { randomInt, randomUUID } from 'node:crypto'
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
  /** Tries that the database has counted for one code, the right digits afterwards among them. */
  evaluated: { least: number; worst: number; all: number }
  /** Codes that a guess has used up. */
  successes: number
  expectedByChance: number
  answers: Record<string, number>
  /** Logins that others began meanwhile. */
  others: Record<string, number>
  /** Answers 503. */
  turnedAway: { tries: number; others: number; rightDigits: number; preparation: number }
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
  /** After each code. */
  onProgress?: (progress: { done: number; seconds: number } & Pick<GuessingReport, 'answers' | 'turnedAway'>) => void
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
  const { engine, challenges, tries, seed = randomInt(2 ** 31), limits = 'high', onProgress } = options
  const random = createRandom(seed)
  const settings = limits === 'high' ? outOfTheWay : {}
  const stage =
    engine === 'sqlite' ? await stageServer({ settings }) : await stageFleet(seed, random, { nodes: 2, settings })
  const caller = createCaller(stage, { atOnce: tries + 1 })
  try {
    const began = performance.now()
    const seconds = () => Math.round((performance.now() - began) / 1_000)
    const answers: Record<string, number> = {}
    const others: Record<string, number> = {}
    const rightDigitsAfter = { refused: 0, letIn: 0 }
    const turnedAway = { tries: 0, others: 0, rightDigits: 0, preparation: 0 }
    const inPreparation = () => void turnedAway.preparation++
    for (let challenge = 0; challenge < challenges; challenge++) {
      const { id, right } = await newChallenge(stage, caller, inPreparation)
      const path = `/v1/codes/${id}/check`
      const guesses = guessesOf(random, tries).map((code, turn) => caller.post(path, { code, purpose }, { turn }))
      const logins = stage.urls.map((_, turn) => caller.post('/v1/flows', { kind: 'login' }, { turn }))
      turnedAway.tries += count(answers, await Promise.all(guesses))
      turnedAway.others += count(others, await Promise.all(logins))
      const onTurnedAway = () => void turnedAway.rightDigits++
      const late = await caller.ask(path, { code: right, purpose }, { onTurnedAway })
      if (late.status === 503) throw new Error(`the right digits were answered ${late.kind} again and again`)
      rightDigitsAfter[late.status === 200 ? 'letIn' : 'refused']++
      onProgress?.({ done: challenge + 1, answers, turnedAway, seconds: seconds() })
    }
    const took = seconds()
    const counted = await stage.sql('SELECT tries, used_at FROM codes')
    const evaluated = counted.map((row) => Number(row.tries))
    const { id, right } = await newChallenge(stage, caller, inPreparation)
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
      successes: counted.filter((row) => row.used_at !== null).length - rightDigitsAfter.letIn,
      expectedByChance: (challenges * triesPerCode) / 1e6,
      answers,
      others,
      turnedAway,
      rightDigitsAfter,
      control: (await caller.ask(`/v1/codes/${id}/check`, { code: right, purpose })).kind,
      seconds: took,
    }
  } finally {
    caller.close()
    await stage.close()
  }
}

/** @returns how many of them were 503 */
function count(kinds: Record<string, number>, answers: readonly { status: number; kind: string }[]): number {
  for (const { kind } of answers) kinds[kind] = (kinds[kind] ?? 0) + 1
  return answers.filter(({ status }) => status === 503).length
}

/** A code that has arrived on somebody's phone. */
async function newChallenge(
  stage: Stage,
  caller: Caller,
  onTurnedAway: () => void,
): Promise<{ id: string; right: string }> {
  const { user, openid } = await makeRecipient(stage, { onTurnedAway })
  // An answer that was lost after the commit is given again: the same code, and no second message.
  const { status, kind, body } = await caller.ask('/v1/codes', { user, purpose }, { key: randomUUID(), onTurnedAway })
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
    onProgress({ done, ...so }) {
      if (done % 25 === 0) console.error(`${done} of ${values.challenges}: ${JSON.stringify(so)}`)
    },
  })
  console.log(JSON.stringify(report, null, 2))
}
