import { DomainError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Job, Outbox } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import { equalSecrets, type Vault } from '../vault/vault.ts'
import type { Contact } from './contacts.ts'
import {
  choosePassword,
  countProofsOfAsker,
  countProofTry,
  deleteProofsBefore,
  endProofs,
  findLiveProof,
  findProof,
  insertProof,
  listProofsOfValue,
  type ProofRow,
  useProof,
} from './queries.ts'

export interface Sent {
  expiresAt: number
  /** When another one may be asked for. */
  resendAt: number
}

/** What is proved, and by whom: a proof is good for one purpose, in one flow or one browser, and nowhere else. */
export interface ProofOf {
  purpose: ProofRow['purpose']
  about: string
  contact: Contact
}

export type Checked =
  | { outcome: 'right'; id: string; passwordHash: string | undefined }
  | { outcome: 'wrong'; triesLeft: number }
  | { outcome: 'too_many_tries' | 'none' }
  | { outcome: 'wait'; seconds: number }

/** What is sent to prove that somebody reads an address or has a phone: what the courier carries. */
export interface Dispatch {
  id: string
  purpose: ProofRow['purpose']
  contact: Contact
  code: string
  locale: string
  site: string
  minutes: number
}

/** Six digits sent to an address or a phone, and typed back. */
export interface Proofs {
  /** Part of the transaction. Nobody is looked up: known and unknown addresses get the same. @throws DomainError `rate_limited` */
  issue(
    tx: Tx,
    of: ProofOf,
    words: { locale: string; site: string; asker?: string | undefined; passwordHash?: string | undefined },
  ): Promise<Sent>
  /** Part of the transaction, which must be kept whatever comes out: the try is counted first. */
  check(tx: Tx, of: ProofOf, code: string): Promise<Checked>
  /** @returns whether it was this call that used it up */
  use(tx: Tx, id: string): Promise<boolean>
  forget(job: Job): Promise<void>
}

const tries = 5
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const lifeMs = { email: 10 * minuteMs, phone: 5 * minuteMs }
/** As for any code that is sent (security.md 2.19). */
const limits = { everyMs: minuteMs, perHour: 5, perDay: 10, failsPerHour: 15, perAskerAndDay: 20 }
const atOnce = 500

export function createProofs(deps: {
  store: Store
  vault: Vault
  clock: Clock
  users: Users
  outbox: Outbox
  send(dispatch: Dispatch): Promise<void>
}): Proofs {
  const { store, vault, clock, users, outbox } = deps
  const code = (id: string) => String(vault.derive('proof code', id).readUIntBE(0, 6) % 1_000_000).padStart(6, '0')
  const place = (id: string) => `proofs.password.${id}`

  outbox.handle('proofs.send', 'codes', async ({ payload }) => {
    const row = await findProof(store.db, String(payload))
    if (!row || row.used_at !== null || row.expires_at <= clock.now()) return
    const key = { kind: row.kind, namespace: '', index: row.value_index }
    // Whoever asks for a new password of an account that is not there gets the same answer, and nobody gets a message.
    if (row.purpose === 'reset' && !(await users.findByCredential(store.db, key))) return
    const value = users.openCredential(row.kind, row.value_index, row.value_sealed)
    await deps.send({
      id: row.id,
      purpose: row.purpose,
      contact: { kind: row.kind, value },
      code: code(row.id),
      locale: row.locale,
      site: row.site,
      minutes: lifeMs[row.kind] / minuteMs,
    })
  })

  /** One at a time for each address, so that what is counted stays true until it is written. */
  async function holdValue(tx: Tx, index: string): Promise<void> {
    await store.hold(tx, `proofs ${index}`)
  }

  function refuse(afterMs: number): never {
    const retryAfter = Math.max(1, Math.ceil(afterMs / 1000))
    throw new DomainError('rate_limited', {
      retryAfter,
      detail: 'Codes were sent there already. Wait, or use another way.',
    })
  }

  async function refuseTooMany(tx: Tx, rows: ProofRow[], asker: string | undefined, now: number): Promise<void> {
    const [tenth, fifth, last] = [rows.at(-limits.perDay), rows.at(-limits.perHour), rows.at(-1)]
    if (tenth) refuse(tenth.created_at + dayMs - now)
    if (fifth && fifth.created_at > now - hourMs) refuse(fifth.created_at + hourMs - now)
    if (last && last.created_at > now - limits.everyMs) refuse(last.created_at + limits.everyMs - now)
    if (asker && (await countProofsOfAsker(tx, asker, now - dayMs)) >= limits.perAskerAndDay) refuse(hourMs)
  }

  return {
    async issue(tx, of, { locale, site, asker, passwordHash }) {
      const key = users.credentialKey(of.contact.kind, of.contact.value)
      if (!key.sealed) throw new Error('a credential of today is sealed')
      await holdValue(tx, key.index)
      const now = clock.now()
      const same = { purpose: of.purpose, about: of.about, value_index: key.index }
      const live = await findLiveProof(tx, same, now)
      const choice = (id: string) => (passwordHash === undefined ? null : vault.seal(place(id), passwordHash))
      // The same once more, by a double click or a reload: what was sent is good.
      if (live && live.created_at > now - limits.everyMs && live.tries < tries) {
        await choosePassword(tx, live.id, choice(live.id))
        return { expiresAt: live.expires_at, resendAt: live.created_at + limits.everyMs }
      }
      await refuseTooMany(tx, await listProofsOfValue(tx, key.index, now - dayMs), asker, now)
      await endProofs(tx, same, now)
      const id = newId('pf')
      const expiresAt = now + lifeMs[of.contact.kind]
      await insertProof(tx, {
        id,
        ...same,
        kind: of.contact.kind,
        value_sealed: key.sealed,
        password_sealed: choice(id),
        asker_index: asker ?? null,
        locale,
        site,
        created_at: now,
        expires_at: expiresAt,
        used_at: null,
      })
      // A gateway that is slow keeps no code by WeChat waiting.
      await outbox.enqueue(tx, { kind: 'proofs.send', queue: of.contact.kind, payload: id, notAfter: expiresAt })
      return { expiresAt, resendAt: now + limits.everyMs }
    },
    async check(tx, of, typed) {
      const { index } = users.credentialKey(of.contact.kind, of.contact.value)
      await holdValue(tx, index)
      const now = clock.now()
      const recent = await listProofsOfValue(tx, index, now - hourMs)
      const fails = recent.reduce((sum, row) => sum + row.tries, 0)
      const oldest = recent[0]
      if (oldest && fails >= limits.failsPerHour) {
        return { outcome: 'wait', seconds: Math.ceil((oldest.created_at + hourMs - now) / 1000) }
      }
      const row = await findLiveProof(tx, { purpose: of.purpose, about: of.about, value_index: index }, now)
      if (!row) return { outcome: 'none' }
      const so = await countProofTry(tx, row.id, tries, now)
      if (so === undefined) return { outcome: 'too_many_tries' }
      const digits = typed.normalize('NFKC').replace(/\s/g, '')
      if (equalSecrets(digits, code(row.id))) {
        const passwordHash = row.password_sealed ? vault.open(place(row.id), row.password_sealed) : undefined
        return { outcome: 'right', id: row.id, passwordHash }
      }
      return so < tries ? { outcome: 'wrong', triesLeft: tries - so } : { outcome: 'too_many_tries' }
    },
    use: (tx, id) => useProof(tx, id, clock.now()),
    async forget({ write }) {
      // A day is what the limits look back over.
      const before = clock.now() - dayMs - hourMs
      while ((await write((tx) => deleteProofsBefore(tx, before, atOnce))) === atOnce);
    },
  }
}
