import type { Vault } from '../../../vault/vault.ts'
import type { MiniProgram } from '../../input.ts'
import type { BatchPartRow } from './queries.ts'

/** A user of a list, with values of their own beside those for all. */
export interface Listed {
  user: string
  data?: Readonly<Record<string, string>>
}

/** What all of a list are told. */
export interface Said {
  data: Readonly<Record<string, string>>
  url?: string
  miniProgram?: MiniProgram
}

/** How many become messages in one transaction. */
const partSize = 200

function partPlace({ batch_id, first }: Pick<BatchPartRow, 'batch_id' | 'first'>): string {
  return `batch_parts.users.${batch_id}.${first}`
}

export function saidPlace(batchId: string): string {
  return `batches.said.${batchId}`
}

export function partsOf(vault: Vault, batchId: string, users: readonly Listed[]): BatchPartRow[] {
  return Array.from({ length: Math.ceil(users.length / partSize) }, (_, part) => {
    const first = part * partSize
    const some = users.slice(first, first + partSize)
    const place = { batch_id: batchId, first }
    return { ...place, size: some.length, edits: 0, users_sealed: sealUsers(vault, place, some) }
  })
}

/** null: somebody who was erased. */
export function openUsers(vault: Vault, part: BatchPartRow): (Listed | null)[] {
  return JSON.parse(vault.open(partPlace(part), part.users_sealed))
}

export function sealUsers(
  vault: Vault,
  part: Pick<BatchPartRow, 'batch_id' | 'first'>,
  users: readonly (Listed | null)[],
): Uint8Array {
  return vault.seal(partPlace(part), JSON.stringify(users))
}
