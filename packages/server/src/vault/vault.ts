import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import type { Clock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import { KeyProblem } from './keyfile.ts'
import { insertKey, type KeyPurpose, listKeys } from './queries.ts'
import type { Secret } from './secret.ts'

/**
 * Envelope encryption. The installation's key, kept apart from the data, wraps one data key per purpose; the data keys seal values, index
 * them and derive secrets. A stolen database without the key shows no identifier and yields no secret.
 */
export interface Vault {
  /** AES-256-GCM: key id (1 byte) | nonce (12) | ciphertext | tag (16). `place` is table.column, and stops a value from being moved elsewhere. */
  seal(place: string, value: string): Uint8Array
  open(place: string, sealed: Uint8Array): string
  /** Keyed index for equality search: HMAC-SHA-256 cut to 128 bits, base64url. */
  index(namespace: string, value: string): string
  /** A secret that need not be stored because it can be made again: HMAC-SHA-256 over purpose and subject. 32 bytes. */
  derive(purpose: string, ...subject: (string | number)[]): Buffer
}

const separator = '\u001f'

export async function openVault(deps: { store: Store; clock: Clock; key: Secret }): Promise<Vault> {
  const wrapping = Buffer.from(hkdfSync('sha256', Buffer.from(deps.key.reveal(), 'base64url'), '', 'hufu wrap v1', 32))
  const keys = await loadKeys(deps.store, deps.clock, wrapping)
  const sealing = keys.seal
  const nonces = noncePool()

  return {
    seal(place, value) {
      const nonce = nonces()
      const cipher = createCipheriv('aes-256-gcm', sealing.key, nonce)
      cipher.setAAD(Buffer.from(place))
      const head = cipher.update(value, 'utf8')
      const tail = cipher.final()
      return Buffer.concat([Buffer.of(sealing.id), nonce, head, tail, cipher.getAuthTag()])
    },
    open(place, sealed) {
      if (sealed[0] !== sealing.id) throw new Error('sealed under an unknown key')
      const decipher = createDecipheriv('aes-256-gcm', sealing.key, sealed.subarray(1, 13))
      decipher.setAAD(Buffer.from(place))
      decipher.setAuthTag(sealed.subarray(sealed.length - 16))
      return decipher.update(sealed.subarray(13, sealed.length - 16), undefined, 'utf8') + decipher.final('utf8')
    },
    index: (namespace, value) =>
      createHmac('sha256', keys.index.key)
        .update(namespace + separator + value)
        .digest('base64url')
        .slice(0, 22),
    derive: (purpose, ...subject) =>
      createHmac('sha256', keys.derive.key)
        .update([purpose, ...subject].join(separator))
        .digest(),
  }
}

/** Random nonces, fetched from the system's generator in pages rather than twelve bytes at a time. */
function noncePool(): () => Buffer {
  const page = 12 * 512
  let pool = Buffer.alloc(0)
  let used = 0
  return () => {
    if (used + 12 > pool.length) {
      pool = randomBytes(page)
      used = 0
    }
    used += 12
    return pool.subarray(used - 12, used)
  }
}

interface DataKey {
  id: number
  /** Not a Buffer: Node examines a Buffer anew at each use, which costs several times the hash itself. */
  key: KeyObject
}

async function loadKeys(store: Store, clock: Clock, wrapping: Buffer): Promise<Record<KeyPurpose, DataKey>> {
  const present = await store.write(async (tx) => {
    const known = new Set((await listKeys(tx)).map((row) => row.purpose))
    for (const purpose of ['seal', 'index', 'derive'] as const) {
      if (!known.has(purpose)) await insertKey(tx, purpose, wrap(wrapping, purpose, randomBytes(32)), clock.now())
    }
    return listKeys(tx)
  })
  function key(purpose: KeyPurpose): DataKey {
    const row = present.find((candidate) => candidate.purpose === purpose)
    if (!row) throw new Error(`the vault lacks its ${purpose} key`)
    return { id: row.id, key: createSecretKey(unwrap(wrapping, purpose, row.wrapped)) }
  }
  return { seal: key('seal'), index: key('index'), derive: key('derive') }
}

function wrap(wrapping: Buffer, purpose: KeyPurpose, key: Buffer): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', wrapping, nonce).setAAD(Buffer.from(purpose))
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()])
}

function unwrap(wrapping: Buffer, purpose: KeyPurpose, wrapped: Uint8Array): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', wrapping, wrapped.subarray(0, 12)).setAAD(Buffer.from(purpose))
    decipher.setAuthTag(wrapped.subarray(wrapped.length - 16))
    return Buffer.concat([decipher.update(wrapped.subarray(12, wrapped.length - 16)), decipher.final()])
  } catch (cause) {
    throw new KeyProblem(
      'The key does not fit this database. Give the key that the database was made with (HUFU_SECRET_KEY_FILE), or start with an empty HUFU_DATA_DIR.',
      { cause },
    )
  }
}

/** Stored form of a random secret of at least 128 bits. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'base64url')
}

/** Compares two texts without telling by its time where they differ. */
export function equalSecrets(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))
}
