import type { App, Apps } from '../../apps/apps.ts'
import { DomainError } from '../../errors.ts'
import type { Job, Outbox } from '../../outbox/outbox.ts'
import type { Clock } from '../../store/clock.ts'
import type { Store, Tx } from '../../store/store.ts'
import type { MessageRow } from '../../store/tables.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Messages } from '../messages.ts'
import { sendJob } from '../send-job.ts'
import { type Listed, openUsers, type Said, saidPlace } from './lists/lists.ts'
import { findPart, isThere, takePart } from './lists/queries.ts'
import {
  type BatchRow,
  findBatch,
  holdBatch,
  holdReady,
  insertBatchMessage,
  insertFailure,
  releaseHeld,
} from './queries.ts'

/** The next piece of a batch's work; each run enqueues the one after it, in the transaction of its own piece. */
export const expandKind = 'batches.expand'

export interface ExpandJob {
  batch: string
}

type Made = { position: number } & ({ message: MessageRow } | { reason: string })

const atOnce = 200
/** Reads of one list at a time; the connections are everybody's. */
const readers = 4

/** Job: a piece of a list becomes messages; what was held goes on; what was cancelled ends. */
export function createExpanding(deps: {
  store: Store
  vault: Vault
  clock: Clock
  apps: Pick<Apps, 'get'>
  outbox: Pick<Outbox, 'enqueue'>
  messages: Pick<Messages, 'prepare' | 'takeBack'>
}): (job: Job) => Promise<void> {
  const { store, vault, clock, apps, outbox, messages } = deps

  function enqueueSend(tx: Tx, message: Parameters<typeof sendJob>[0] & Pick<MessageRow, 'send_at'>): Promise<void> {
    return outbox.enqueue(tx, sendJob(message, message.send_at ?? clock.now()))
  }

  async function cancelSome(tx: Tx, batchId: string): Promise<boolean> {
    const waiting = await holdReady(tx, batchId, atOnce)
    for (const message of waiting) await messages.takeBack(tx, message)
    return waiting.length > 0
  }

  async function releaseSome(tx: Tx, batchId: string): Promise<boolean> {
    const released = await releaseHeld(tx, batchId, atOnce)
    for (const message of released) await enqueueSend(tx, message)
    return released.length > 0
  }

  async function makeOne(app: App, batch: BatchRow, said: Said, { user, data }: Listed) {
    const { url, miniProgram } = said
    return messages.prepare(app, {
      user,
      template: { template: batch.template, data: { ...said.data, ...data } },
      ...(url !== undefined && { url }),
      ...(miniProgram && { miniProgram }),
      ...(batch.asked_appid !== null && { account: batch.asked_appid }),
      ...(batch.send_at !== null && { sendAt: batch.send_at }),
      notAfter: batch.not_after,
    })
  }

  async function make(batch: BatchRow, listed: (Listed | null)[], first: number): Promise<Made[]> {
    if (batch.said_sealed === null) return []
    const app = apps.get(batch.app_id)
    const said: Said = JSON.parse(vault.open(saidPlace(batch.id), batch.said_sealed))
    const made: Made[] = []
    const left = listed.entries()
    async function read(): Promise<void> {
      for (const [offset, one] of left) {
        if (one === null) continue
        const position = first + offset
        if (batch.not_after <= clock.now()) made.push({ position, reason: 'expired' })
        else
          made.push(
            await makeOne(app, batch, said, one).then(
              (message) => ({ position, message }),
              (error) => ({ position, reason: reasonOf(error) }),
            ),
          )
      }
    }
    await Promise.all(Array.from({ length: readers }, read))
    return made.sort((a, b) => a.position - b.position)
  }

  async function put(tx: Tx, batchId: string, made: readonly Made[]): Promise<void> {
    for (const one of made) {
      const { position } = one
      if ('reason' in one) {
        await insertFailure(tx, { batch_id: batchId, position, reason: one.reason })
        continue
      }
      const message = { ...one.message, batch_id: batchId, batch_position: position }
      if (await insertBatchMessage(tx, message)) await enqueueSend(tx, message)
      else await insertFailure(tx, { batch_id: batchId, position, reason: 'duplicate' })
    }
  }

  return async ({ payload, write }) => {
    const { batch: id } = payload as ExpandJob
    const batch = await findBatch(store.db, id)
    const part = batch?.state === 'running' ? await findPart(store.db, id) : undefined
    // People are looked up before the transaction: nobody waits for that.
    const made = batch && part ? await make(batch, openUsers(vault, part), part.first) : []
    await write(async (tx) => {
      const state = await holdBatch(tx, id)
      if (state !== 'running' && state !== 'cancelled') return
      const isBusy = state === 'cancelled' ? await cancelSome(tx, id) : await releaseSome(tx, id)
      const ours = state === 'running' ? part : undefined
      const isTaken = ours !== undefined && (await takePart(tx, ours))
      if (isTaken) await put(tx, id, made)
      // Somebody was erased from the part meanwhile: it is looked at anew. Another run has it: that one goes on, and this one is one too many.
      const isLeft = ours !== undefined && (isTaken || (await isThere(tx, ours)))
      if (isBusy || isLeft) await outbox.enqueue(tx, { kind: expandKind, queue: batch?.app_id, payload: { batch: id } })
    })
  }
}

/** Why no message could be made. What is no refusal is a bug, and flies on. */
function reasonOf(error: unknown): string {
  if (!(error instanceof DomainError)) throw error
  switch (error.code) {
    case 'not_found':
      return 'unknown_user'
    case 'user_unreachable':
      return 'no_wechat'
    default:
      return 'content_refused'
  }
}
