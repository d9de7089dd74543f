import type { Accounts } from '../accounts/accounts.ts'
import type { App, Apps } from '../apps/apps.ts'
import type { Chat } from '../chat/chat.ts'
import type { Conflicts } from '../conflicts/conflicts.ts'
import { DomainError } from '../errors.ts'
import type { Events } from '../events/events.ts'
import type { Limits } from '../limits.ts'
import type { Live } from '../live/live.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Guards } from '../signins/signins.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Keeper, Users } from '../users/users.ts'
import type { Vault } from '../vault/vault.ts'
import type { Scanning } from './arrivals/outcomes.ts'
import { createScanning } from './arrivals/scanning.ts'
import { createCreating } from './creating.ts'
import { createDisowning, type Disowning } from './disowning/disowning.ts'
import type { FlowInput } from './input.ts'
import { createKeeper } from './keeping.ts'
import { createProfiles, type Profile } from './profiles.ts'
import {
  advance,
  cancelOfScanners,
  countTry,
  deleteFlowsBefore,
  deleteIdempotencyKeysBefore,
  expireDue,
  type FlowRow,
  findFlow,
  forgetScanners,
  forgetScannersBefore,
  holdFlow,
} from './queries.ts'
import { createRecording } from './recording.ts'
import { confirmedLifeMs, createFlowSecrets, type FlowSecrets, longestLifeMs } from './secrets.ts'
import { createSteps, type FlowSteps } from './steps.ts'
import { createVerifying, type Verifying } from './verifying.ts'
import { type FlowView, isFinal, stateOf, viewOf } from './view.ts'

export type { ChatAnswer, ChatInput, Scan, ScanInput, ScannedFlows } from './arrivals/outcomes.ts'
export type { ScannedFlow } from './arrivals/queries.ts'
export { browserFacts } from './browser.ts'
export type { FlowInput } from './input.ts'
export { hostOf, registersHere } from './input.ts'
export { type Profile, type ProfileView, profileView } from './profiles.ts'
export type { FlowRow } from './queries.ts'
export { FlowSchema, ProfileSchema } from './schemas.ts'
export { browserSecretPattern, type FlowSecrets, numberTries } from './secrets.ts'
export { kindOf } from './verifying.ts'
export { arrivalOf, type FlowView, isFinal, nextOf, stateOf } from './view.ts'

export interface Flows extends Scanning, Disowning, Verifying {
  secrets: FlowSecrets
  create(app: App, input: FlowInput): Promise<FlowRow>
  find(id: string): Promise<FlowRow | undefined>
  /** The flow as the contract shows it. The first time a browser is shown the completion code, its 60 seconds start. */
  show(row: FlowRow, audience: 'browser' | 'backend'): Promise<FlowView>
  /** What the person who scanned let WeChat tell. */
  profileOf(row: FlowRow): Profile | undefined
  /** The phone's page of this flow. */
  confirmUrl(id: string): string
  /** The six digits typed on the PC. */
  enterCode(id: string, code: string): Promise<FlowRow>
  cancel(id: string): Promise<FlowRow>
  /** Steps of the phone's page, each one conditional update inside the caller's transaction; undefined when the flow was not there any more. */
  steps: FlowSteps
  /** Wakes whoever watches the flow, when the transaction commits. */
  announce(tx: Tx, row: Pick<FlowRow, 'id'>): void
  /** These people were found to follow no more: what they scanned before `leftAt` (ms) is over, and who scanned it is forgotten. */
  cancelOfScanners(tx: Tx, indexes: string[], leftAt: number): Promise<void>
  keeper: Keeper
  /** A job: writes the end of what has expired, some hundreds at a time. @returns until when nothing is left to end */
  expire(job: Job): Promise<ExpiredUntil>
  /** Deletes what has been over for a week; forgets the openid of what has been over for an hour. */
  forget(job: Job): Promise<void>
}

/** Everything that expired before this has been ended; the job that ends it hands it on from run to run. */
export interface ExpiredUntil {
  since: number
}

/** Tries of the six digits. */
const codeTries = 5
const weekMs = 7 * 24 * 3_600_000
/** Room for a clock that is set back a little. */
const settledMs = 60_000
const atOnce = 500

export function createFlows(deps: {
  store: Store
  vault: Vault
  clock: Clock
  live: Live
  accounts: Accounts
  apps: Apps
  users: Users
  guards: Pick<Guards, 'gather'>
  chat: Chat
  conflicts: Conflicts
  events: Events
  limits: Limits
  publicUrl: () => string
}): Flows {
  const { store, clock, accounts, apps, users, events } = deps
  const secrets = createFlowSecrets(deps.vault)
  const profiles = createProfiles(deps.vault)
  const verifying = createVerifying(deps)
  const creating = createCreating({ ...deps, secrets, verifying })
  const scanning = createScanning({ ...deps, secrets })
  const { announce, record } = createRecording(deps)
  const { confirm, ...steps } = createSteps({ clock, apps, users, profiles, announce, record })

  const confirmUrl = (id: string) => `${deps.publicUrl()}/confirm/${secrets.confirmToken(id)}`

  async function startRedeemWindow(row: FlowRow): Promise<FlowRow> {
    const now = clock.now()
    if (stateOf(row, now) !== 'confirmed' || row.code_read_at !== null) return row
    const change = { code_read_at: now, expires_at: now + confirmedLifeMs }
    const read = await store.write((tx) => advance(tx, row.id, ['confirmed'], now, change, { unread: true }))
    return read ?? (await findFlow(store.db, row.id)) ?? row
  }

  return {
    ...scanning,
    ...verifying,
    ...createDisowning({ clock, tell: (tx, row) => void record(tx, row, 'flow.cancelled') }),
    secrets,
    steps,
    keeper: createKeeper({ store, clock, profiles, verifying, announce }),
    announce,
    confirmUrl,
    create: creating.create,
    find: (id) => findFlow(store.db, id),
    profileOf: profiles.of,
    async show(row, audience) {
      const current = audience === 'browser' ? await startRedeemWindow(row) : row
      const account = accounts.find(current.appid)
      const app = apps.get(current.app_id)
      return viewOf(current, {
        now: clock.now(),
        audience,
        secrets,
        account: { appid: current.appid, name: account?.name ?? '' },
        app: { id: app.id, name: app.name },
        methods: typeof app.registration === 'string' ? undefined : app.registration,
        wechatUrl: account?.capabilities.webOauth ? confirmUrl(current.id) : undefined,
        profile: profiles.of(current),
        purpose: verifying.purposeOf(current),
        confirmsInChat: account?.capabilities.webOauth === false,
      })
    },
    async enterCode(id, code) {
      const typed = code.normalize('NFKC').replace(/\s/g, '')
      const result = await store.write(async (tx) => {
        const row = await holdFlow(tx, id)
        if (!row) throw new DomainError('not_found')
        const state = stateOf(row, clock.now())
        if (state === 'failed' && row.reason === 'too_many_tries') return { row, tries: codeTries, right: false }
        if (isFinal(state) || state === 'confirmed' || state === 'registration_required')
          throw new DomainError('flow_over')
        if (row.assurance !== 'code' || row.phone_confirmed_at === null) {
          throw new DomainError('not_confirmed', 'The phone has not confirmed yet; it shows the six digits after that.')
        }
        const tries = await countTry(tx, id, 'code_tries', codeTries, clock.now())
        if (tries === undefined) throw new DomainError('too_many_tries')
        if (typed === secrets.code(id)) return { row: await confirm(tx, row, clock.now()), tries, right: true }
        const failed = tries >= codeTries ? await steps.fail(tx, row, 'too_many_tries') : undefined
        return { row: failed ?? row, tries, right: false }
      })
      if (!result.row) throw new DomainError('flow_over')
      if (result.right) return result.row
      if (result.tries >= codeTries) throw new DomainError('too_many_tries')
      throw new DomainError('code_invalid', { members: { tries_left: codeTries - result.tries } })
    },
    async cancel(id) {
      const row = await store.write(async (tx) => {
        const before = ['waiting', 'scanned', 'registration_required', 'confirmed'] as const
        return record(tx, await advance(tx, id, [...before], clock.now(), { state: 'cancelled' }), 'flow.cancelled')
      })
      if (!row) throw new DomainError('flow_over')
      return row
    },
    async cancelOfScanners(tx, indexes, leftAt) {
      const span = { since: clock.now() - longestLifeMs, before: leftAt, now: clock.now() }
      for (const row of await cancelOfScanners(tx, indexes, span)) record(tx, row, 'flow.cancelled')
      await forgetScanners(tx, indexes)
    },
    async expire({ payload, write }) {
      const now = clock.now()
      const { since } = (payload ?? { since: 0 }) as ExpiredUntil
      const expired = await write(async (tx) => {
        const rows = await expireDue(tx, { since, now }, atOnce)
        for (const row of rows) {
          announce(tx, row)
          events.append(tx, row.app_id, 'flow.expired', { flow_id: row.id })
        }
        return rows
      })
      return { since: expired.length < atOnce ? now - settledMs : since }
    },
    async forget({ write }) {
      const before = clock.now() - weekMs
      while ((await write((tx) => deleteFlowsBefore(tx, before, atOnce))) === atOnce);
      const unneeded = clock.now() - longestLifeMs
      while ((await write((tx) => forgetScannersBefore(tx, unneeded, atOnce))) === atOnce);
      while ((await write((tx) => deleteIdempotencyKeysBefore(tx, before, atOnce))) === atOnce);
    },
  }
}
