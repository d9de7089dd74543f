import type { Harness } from './harness.ts'
import { look } from './wire.ts'

/** A row as the database gives it; `_sealed` columns are bytes. */
type Row = Record<string, unknown>

const openid = (appid: unknown, index: unknown) => `openid.${appid}.${index}`
const credential = (row: Row) => `identities.value.${row.kind}.${row.value_index}`
const external = (app: unknown, index: unknown) => `identities.value.external.${app}.${index}`

/** Where each sealed value belongs; the vault opens it nowhere else. A column that is not here is an error of `dump`. */
const places: Record<string, (row: Row) => string> = {
  'accounts.secret_sealed': (row) => `accounts.secret.${row.appid}`,
  'accounts.token_sealed': (row) => `accounts.token.${row.appid}`,
  'accounts.encoding_aes_key_sealed': (row) => `accounts.encoding_aes_key.${row.appid}`,
  'credentials.value_sealed': (row) => `credentials.${row.kind}.${row.appid}`,
  'followers.openid_sealed': (row) => openid(row.appid, row.openid_index),
  'followers.unionid_sealed': (row) => `unionid.${row.appid}.${row.openid_index}`,
  'flows.external_sealed': (row) => external(row.app_id, row.external_index),
  'flows.scanner_sealed': (row) => openid(row.appid, row.scanner_index),
  'flows.profile_sealed': (row) => `flows.profile.${row.id}`,
  'identities.value_sealed': (row) => {
    if (row.kind === 'wechat') return openid(row.namespace, row.value_index)
    return row.kind === 'external' ? external(row.namespace, row.value_index) : credential(row)
  },
  'inbox.document_sealed': (row) => `inbox.document.${row.dedupe_key}`,
  'inbox.reply_sealed': (row) => `inbox.reply.${row.dedupe_key}`,
  'messages.text_sealed': (row) => `messages.text.${row.id}`,
  'passwords.hash_sealed': (row) => `passwords.hash.${row.user_id}`,
  'proofs.value_sealed': credential,
  'proofs.password_sealed': (row) => `proofs.password.${row.id}`,
  'quarantine.document_sealed': (row) => `quarantine.document.${row.appid}`,
  'reconciles.page_sealed': (row) => `reconciles.page.${row.appid}`,
  'subscriptions.return_url_sealed': (row) => `subscriptions.return_url.${row.id}`,
}

export interface Dumped {
  table: string
  row: Row
  /** Every value, each sealed one as it stands and as it reads. */
  text: string
  /** The sealed values as they stand. */
  sealed: Buffer[]
}

/** All tables of the database, by its own catalogue. */
export async function tablesOf(world: Harness): Promise<string[]> {
  const catalogue =
    world.app.store.engine === 'sqlite'
      ? `SELECT name FROM sqlite_master WHERE type = 'table'`
      : `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`
  return (await look<{ name: string }>(world, catalogue))
    .map(({ name }) => name)
    .filter((name) => !/^sqlite_/.test(name))
}

/** Every row of every table, with every seal opened: what somebody reads who has the database and its key. */
export async function dump(world: Harness): Promise<Dumped[]> {
  const dumped: Dumped[] = []
  for (const table of await tablesOf(world)) {
    for (const row of await look(world, `SELECT * FROM ${table}`)) {
      const sealed: Buffer[] = []
      const words = [table]
      for (const [column, value] of Object.entries(row)) {
        words.push(value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value))
        const isPath = table === 'oauth_states' && column === 'path' && !String(value).startsWith('/')
        if (isPath) words.push(world.app.vault.open('oauth_states.path', Buffer.from(String(value), 'base64url')))
        if (!column.endsWith('_sealed') || !(value instanceof Uint8Array) || value.length === 0) continue
        const place = places[`${table}.${column}`]
        if (!place) throw new Error(`${table}.${column} is sealed, and nobody here knows its place`)
        words.push(world.app.vault.open(place(row), value))
        sealed.push(Buffer.from(value))
      }
      dumped.push({ table, row, text: words.join('\n'), sealed })
    }
  }
  return dumped
}

/** Looks for all of these byte strings in one pass, however many they are. @returns those that are there */
export function searchFor(needles: Iterable<Buffer>): (hay: Buffer | string) => Buffer[] {
  const byHead = new Map<number, Buffer[]>()
  for (const needle of needles) {
    const head = needle.readUInt32LE(0)
    byHead.set(head, [...(byHead.get(head) ?? []), needle])
  }
  return (hay) => {
    const bytes = typeof hay === 'string' ? Buffer.from(hay, 'latin1') : hay
    const found = new Set<Buffer>()
    for (let at = 0; at <= bytes.length - 4; at++) {
      for (const needle of byHead.get(bytes.readUInt32LE(at)) ?? []) {
        if (bytes.compare(needle, 0, needle.length, at, Math.min(at + needle.length, bytes.length)) === 0)
          found.add(needle)
      }
    }
    return [...found]
  }
}
