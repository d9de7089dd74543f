import type { Accounts } from '../../accounts/accounts.ts'
import type { App, Apps } from '../../apps/apps.ts'
import { DomainError, sameRequest } from '../../errors.ts'
import type { Events } from '../../events/events.ts'
import { newId } from '../../ids.ts'
import type { GivenUp, Job, Outbox } from '../../outbox/outbox.ts'
import type { Clock } from '../../store/clock.ts'
import { isConstraintViolation, type Store, type Tx } from '../../store/store.ts'
import type { Template, Templates } from '../../templates/templates.ts'
import type { Keeper, Users } from '../../users/users.ts'
import type { Vault } from '../../vault/vault.ts'
import { type MessageState, messageState } from '../ends.ts'
import { canonical, checkData, checkPage, type MiniProgram, timesOf } from '../input.ts'
import type { Messages } from '../messages.ts'
import { createExpanding, type ExpandJob, expandKind } from './expanding.ts'
import { createBatchKeeper } from './keeping.ts'
import { type Listed, partsOf, type Said, saidPlace } from './lists/lists.ts'
import { dropParts, insertPart } from './lists/queries.ts'
import {
  type BatchRow,
  type Counted,
  changeBatch,
  countBatch,
  deleteSomeBefore,
  findBatch,
  findBatchByKey,
  finishBatch,
  holdBatch,
  insertBatch,
  listFailures,
  listOpen,
  needsWork,
} from './queries.ts'

/** A notice to a list of users. */
export interface BatchInput {
  users: readonly Listed[]
  template: string
  data: Readonly<Record<string, string>>
  url?: string
  miniProgram?: MiniProgram
  account?: string
  sendAt?: number
  notAfter?: number
  idempotencyKey?: string
}

/** Where all of a list are; `forgotten`: erased since. Together they are the list. */
export type Progress = Record<MessageState | 'forgotten', number>

export interface BatchView {
  row: BatchRow
  progress: Progress
  /** Those of whom no message was made. */
  failures: { position: number; reason: string }[]
}

export interface Batches {
  /** Accepts a list; it becomes messages by and by. The same key again is answered with the same batch. */
  create(app: App, input: BatchInput): Promise<BatchView>
  get(appId: string, id: string): Promise<BatchView>
  /** What nobody has begun to send waits. @throws not_found, batch_over */
  pause(appId: string, id: string): Promise<BatchView>
  resume(appId: string, id: string): Promise<BatchView>
  /** What nobody has begun to send is not sent any more. */
  cancel(appId: string, id: string): Promise<BatchView>
  /** Job: a piece of one batch. */
  expand(job: Job): Promise<void>
  /** That job was given up: the batch is paused, says why, and its site is told. */
  giveUp: GivenUp
  /** Job: ends batches of which nothing is under way any more. */
  settle(job: Job): Promise<void>
  forget(job: Job): Promise<void>
  keeper: Keeper
}

const monthMs = 30 * 24 * 3_600_000
const atOnce = 500

export function createBatches(deps: {
  store: Store
  vault: Vault
  clock: Clock
  accounts: Accounts
  apps: Apps
  users: Users
  events: Events
  templates: Templates
  outbox: Pick<Outbox, 'enqueue'>
  messages: Pick<Messages, 'prepare' | 'takeBack'>
  publicUrl: () => string
}): Batches {
  const { store, vault, clock, accounts, events, templates, outbox } = deps

  function hashOf({ idempotencyKey: _, ...request }: BatchInput): string {
    return vault.index('batch request', canonical(request))
  }

  async function replay(app: App, input: BatchInput): Promise<BatchRow | undefined> {
    const { idempotencyKey } = input
    if (idempotencyKey === undefined) return undefined
    return sameRequest(await findBatchByKey(store.db, app.id, idempotencyKey), hashOf(input))
  }

  /** The template as one of the accounts has it, the app's own before others. */
  async function templateOf(app: App, { template, account }: BatchInput): Promise<Template> {
    const own = account ?? app.appid
    const appids = [...(own === undefined ? [] : [own]), ...accounts.list().map(({ appid }) => appid)]
    if (account !== undefined) accounts.get(account)
    for (const appid of account === undefined ? appids : [account]) {
      const found = await templates.find(store.db, appid, template)
      if (found?.kind === 'template') return found
    }
    const message = 'No template of this name or id. See GET /v1/templates.'
    throw new DomainError('invalid_value', { detail: message, errors: [{ path: 'template', message }] })
  }

  /** The whole list before anything is accepted: what would be refused is named at once. */
  function checkValues(template: Template, { users, data }: BatchInput): void {
    const errors: { path: string; message: string }[] = []
    if (users.some((listed) => !listed.data)) errors.push(...templates.lint(template, data))
    for (const [position, { data: own }] of users.entries()) {
      if (!own || errors.length >= 20) continue
      for (const { path, message } of templates.lint(template, { ...data, ...own }))
        errors.push({ path: `users[${position}].${path}`, message })
    }
    if (errors.length === 0) return
    const detail = 'WeChat would refuse these values, or show them to nobody.'
    throw new DomainError('invalid_value', { detail, errors: errors.slice(0, 20) })
  }

  async function make(app: App, input: BatchInput): Promise<BatchRow> {
    checkValues(await templateOf(app, input), input)
    const { sendAt, notAfter } = timesOf(input, clock.now())
    const { data, url, miniProgram, idempotencyKey } = input
    const said: Said = { data, ...(url !== undefined && { url }), ...(miniProgram && { miniProgram }) }
    const id = newId('mb')
    const row: BatchRow = {
      id,
      app_id: app.id,
      state: 'running',
      reason: null,
      total: input.users.length,
      dropped: 0,
      template: input.template,
      asked_appid: input.account ?? null,
      said_sealed: vault.seal(saidPlace(id), JSON.stringify(said)),
      send_at: sendAt,
      not_after: notAfter,
      created_at: clock.now(),
      finished_at: null,
      idempotency_key: idempotencyKey ?? null,
      request_hash: idempotencyKey === undefined ? null : hashOf(input),
    }
    const parts = partsOf(vault, id, input.users)
    await store.write(async (tx) => {
      await insertBatch(tx, row)
      for (const part of parts) await insertPart(tx, part)
      await enqueueWork(tx, row)
    })
    return row
  }

  async function enqueueWork(tx: Tx, { id, app_id }: Pick<BatchRow, 'id' | 'app_id'>): Promise<void> {
    await outbox.enqueue(tx, { kind: expandKind, queue: app_id, payload: { batch: id } satisfies ExpandJob })
  }

  async function view(row: BatchRow): Promise<BatchView> {
    return {
      row,
      progress: progressOf(await countBatch(store.db, row.id), row.total),
      failures: await listFailures(store.db, row.id),
    }
  }

  async function tell(tx: Tx, type: 'batch.paused' | 'batch.finished', id: string): Promise<void> {
    const row = await findBatch(tx, id)
    if (!row) return
    const { app_id, state, reason, total } = row
    const progress = progressOf(await countBatch(tx, id), total)
    events.append(tx, app_id, type, { batch_id: id, state, ...(reason && { reason }), total, ...progress })
  }

  async function find(appId: string, id: string): Promise<BatchRow> {
    const row = await findBatch(store.db, id)
    if (row?.app_id !== appId) throw new DomainError('not_found')
    return row
  }

  /** Asked twice, nothing happens the second time; what is over stays so. */
  async function turn(
    { appId, id }: { appId: string; id: string },
    to: 'running' | 'paused' | 'cancelled',
    from: BatchRow['state'][],
    carryOut: (tx: Tx) => Promise<void>,
  ): Promise<BatchView> {
    await find(appId, id)
    await store.write(async (tx) => {
      const state = await holdBatch(tx, id)
      if (state === to) return
      if (!(await changeBatch(tx, id, from, { state: to, reason: null }))) throw new DomainError('batch_over')
      await carryOut(tx)
    })
    return view(await find(appId, id))
  }

  return {
    async create(app, input) {
      checkPage(app, input, deps.publicUrl())
      const own = input.users.map(({ data }, position) => [`users[${position}].data`, data])
      checkData(app, { data: input.data, ...Object.fromEntries(own) }, deps.publicUrl())
      const known = await replay(app, input)
      if (known) return view(known)
      try {
        return await view(await make(app, input))
      } catch (error) {
        const winner = isConstraintViolation(error) ? await replay(app, input) : undefined
        if (winner) return view(winner)
        throw error
      }
    },
    get: async (appId, id) => view(await find(appId, id)),
    pause: (appId, id) => turn({ appId, id }, 'paused', ['running'], async () => {}),
    resume: (appId, id) => turn({ appId, id }, 'running', ['paused'], (tx) => enqueueWork(tx, { id, app_id: appId })),
    cancel: (appId, id) =>
      turn({ appId, id }, 'cancelled', ['running', 'paused'], async (tx) => {
        await changeBatch(tx, id, ['cancelled'], { dropped: await dropParts(tx, id) })
        await enqueueWork(tx, { id, app_id: appId })
      }),
    expand: createExpanding(deps),
    async giveUp(tx, payload) {
      const { batch: id } = payload as ExpandJob
      // One that is cancelled ends by itself: what waits of it is taken up again.
      if (await changeBatch(tx, id, ['running'], { state: 'paused', reason: 'internal' }))
        await tell(tx, 'batch.paused', id)
    },
    async settle({ write }) {
      for (const open of await write(listOpen)) {
        await write(async (tx) => {
          // Held by a job that had seen the pause and not yet its end.
          if (await needsWork(tx, open)) return enqueueWork(tx, open)
          if (!(await finishBatch(tx, open, clock.now()))) return
          await tell(tx, 'batch.finished', open.id)
        })
      }
    },
    async forget({ write }) {
      const before = clock.now() - monthMs
      while (await write((tx) => deleteSomeBefore(tx, before, atOnce)));
    },
    keeper: createBatchKeeper(deps),
  }
}

function progressOf(counted: readonly Counted[], total: number): Progress {
  const progress: Progress = {
    queued: 0,
    sending: 0,
    accepted: 0,
    delivered: 0,
    failed: 0,
    unknown: 0,
    expired: 0,
    suppressed: 0,
    forgotten: 0,
  }
  for (const { state, reason, users, delivered } of counted) {
    if (state === 'listed') progress.queued += users
    else if (state === 'dropped') progress.suppressed += users
    else {
      progress.delivered += state === 'sent' ? delivered : 0
      progress[messageState({ state, reason, delivered_at: null, resent: 0 })] +=
        state === 'sent' ? users - delivered : users
    }
  }
  progress.forgotten = total - Object.values(progress).reduce((sum, one) => sum + one, 0)
  return progress
}
