import type { Vault } from '../vault/vault.ts'
import type { FlowRow } from './queries.ts'

/** What the person let WeChat tell, after a tap of their own. */
export interface Profile {
  nickname: string
  avatarUrl?: string
  /** Not the person's to be shown, but the same word of WeChat's API. */
  unionid?: string
}

/** The same, as sites see it. */
export interface ProfileView {
  nickname: string
  avatar_url?: string
}

export interface Profiles {
  seal(row: Pick<FlowRow, 'id'>, profile: Profile): Uint8Array
  of(row: Pick<FlowRow, 'id' | 'profile_sealed'>): Profile | undefined
}

export function createProfiles(vault: Vault): Profiles {
  const placeOf = (id: string) => `flows.profile.${id}`
  return {
    seal: ({ id }, profile) => vault.seal(placeOf(id), JSON.stringify(profile)),
    of: ({ id, profile_sealed: sealed }) => (sealed ? JSON.parse(vault.open(placeOf(id), sealed)) : undefined),
  }
}

export function profileView({ nickname, avatarUrl }: Profile): ProfileView {
  return { nickname, ...(avatarUrl && { avatar_url: avatarUrl }) }
}
