import type { createFollowCodes } from './accounts/follow-codes.ts'
import { deliverKind } from './codes/codes.ts'
import type { Domain } from './domain.ts'
import type { BackFilling } from './followers/back-filling.ts'
import type { Lookups } from './followers/lookups.ts'
import { beatMs } from './followers/outages.ts'
import { expandKind } from './messages/batches/expanding.ts'
import { formerSendKind, sendKinds } from './messages/send-job.ts'

const second = 1_000
const hourMs = 3_600_000

/** What nobody but the outbox asks anything of. */
interface Unasked {
  backFilling: BackFilling
  lookups: Lookups
  followCodes: ReturnType<typeof createFollowCodes>
}

/** Who does what is in the outbox, and what is done again and again. */
export function giveJobs(domain: Omit<Domain, 'close'> & Unasked): void {
  const { accounts, backFilling, batches, chat, codes, conflicts, credentials, events, flows, followCodes } = domain
  const { followers, inbox, links, lookups, messages, oauth, outages, outbox, reconciling, sessions, signIns } = domain
  const { store, subscriptions, templates } = domain
  outbox.every('flows.expire', 5 * second, 'upkeep', flows.expire)
  outbox.every('flows.forget', hourMs, 'upkeep', flows.forget)
  outbox.every('followers.unite', 5 * second, 'upkeep', backFilling.run)
  outbox.every('followers.look_up', 5 * second, 'platform', (job) => lookups.lookUp(job, accounts.list()))
  outbox.every('followers.beat', beatMs, 'upkeep', outages.beat)
  outbox.every('followers.reconcile', 15 * second, 'platform', (job) => reconciling.run(job, accounts.list()))
  outbox.every('followers.forget', hourMs, 'upkeep', (job) => followers.forget(job, accounts.list()))
  outbox.every('accounts.follow_codes', hourMs, 'platform', followCodes.make)
  outbox.every('conflicts.notify', 5 * second, 'upkeep', conflicts.notify)
  outbox.every('conflicts.forget', hourMs, 'upkeep', conflicts.forget)
  outbox.every('chat.forget', hourMs, 'upkeep', chat.forget)
  outbox.every('confirmations.forget', hourMs, 'upkeep', oauth.forget)
  outbox.every('credentials.forget', hourMs, 'upkeep', credentials.proofs.forget)
  outbox.every('links.forget', hourMs, 'upkeep', links.forget)
  outbox.every('subscriptions.forget', hourMs, 'upkeep', subscriptions.forget)
  outbox.every('sessions.forget', hourMs, 'upkeep', sessions.forget)
  outbox.every('signins.forget', hourMs, 'upkeep', signIns.forget)
  outbox.every('templates.sync', hourMs, 'platform', templates.syncAll)
  outbox.every('inbox.forget', hourMs, 'upkeep', inbox.forget)
  outbox.handle(sendKinds.messages, 'messages', messages.send, messages.giveUp)
  outbox.handle(sendKinds.codes, 'codes', messages.send, messages.giveUp)
  outbox.handle(formerSendKind, 'messages', messages.send, messages.giveUp)
  outbox.handle(deliverKind, 'codes', codes.deliver)
  outbox.every('codes.forget', hourMs, 'upkeep', codes.forget)
  outbox.handle(expandKind, 'upkeep', batches.expand, batches.giveUp)
  outbox.every('batches.settle', 5 * second, 'upkeep', batches.settle)
  outbox.every('batches.forget', hourMs, 'upkeep', batches.forget)
  outbox.every('messages.end_overdue', 60 * second, 'upkeep', messages.endOverdue)
  outbox.every('messages.join', 2 * second, 'upkeep', messages.join)
  outbox.every('messages.forget', hourMs, 'upkeep', messages.forget)
  outbox.every('events.forget', hourMs, 'upkeep', events.forget)
  outbox.every('store.fold', hourMs, 'upkeep', () => store.fold())
}
