import type { ConflictRow } from './queries.ts'

export type Choice = 'ask' | 'allow' | 'refuse' | 'undo'

/** `asker` wants the WeChat to be linked; `holder` has the place. */
export type Role = 'asker' | 'holder'

/** What one of the people concerned sees of it now. */
export interface Sight {
  row: ConflictRow
  role: Role
  status: 'open' | 'impossible' | 'waiting_site' | 'waiting_holder' | 'ready' | 'refused' | 'moved' | 'undone'
  choices: Choice[]
  /** The site's account that holds the place, masked; known to the WeChat that it belongs to, and to nobody else. */
  holds: string | undefined
  /** When what is held was linked. */
  since: number | undefined
  /** Until when it can be undone; or from when on silence is an answer, where it ever is. */
  until: number | undefined
  /** What no answer of the holder comes to; undefined where it never comes to anything. */
  silence: 'counts' | 'counted' | undefined
}

/** A person answers within the hour or the next day; a yes is good as long as that. */
const askLifeMs = 48 * 3_600_000
/**
 * Who has the place may be away: after a day of silence the site's word and the new WeChat's are enough, if the other was told, with the way to
 * refuse, and the site authenticates its user anew before a bind. Whoever stole a session is not to swap the way in.
 */
const holderPatienceMs = 24 * 3_600_000
export const undoMs = 24 * 3_600_000

const isAsked = (row: ConflictRow, now: number) => row.state === 'asked' && (row.asked_at ?? 0) > now - askLifeMs

export function mayMove(row: ConflictRow, now: number, reauthenticates: boolean): boolean {
  if (!isAsked(row, now)) return false
  if (row.allowed_at !== null) return true
  const isSilent = row.told_at !== null && row.told_at <= now - holderPatienceMs
  return row.reason === 'user_already_bound' && isSilent && reauthenticates
}

export function mayUndo(row: ConflictRow, now: number): boolean {
  return row.state === 'moved' && row.steps !== null && (row.moved_at ?? 0) > now - undoMs
}

export function choicesOf(row: ConflictRow, role: Role, now: number): Choice[] {
  if (row.state === 'moved') return mayUndo(row, now) ? ['undo'] : []
  if (role === 'asker') return row.state === 'open' || (row.state === 'asked' && !isAsked(row, now)) ? ['ask'] : []
  return isAsked(row, now) && row.allowed_at === null ? ['allow', 'refuse'] : []
}

function statusOf(row: ConflictRow, now: number, reauthenticates: boolean): Sight['status'] {
  if (row.state !== 'asked') return row.state
  if (mayMove(row, now, reauthenticates)) return 'ready'
  if (!isAsked(row, now)) return 'open'
  return row.reason === 'user_already_bound' ? 'waiting_holder' : 'waiting_site'
}

/** Whoever has the place is told so in any case; who wants it, from when WeChat has taken the question. */
function silenceOf(row: ConflictRow, role: Role, now: number, reauthenticates: boolean): Sight['silence'] {
  if (row.reason !== 'user_already_bound' || !isAsked(row, now) || row.allowed_at !== null || !reauthenticates)
    return undefined
  if (mayMove(row, now, reauthenticates)) return 'counted'
  return role === 'holder' || row.told_at !== null ? 'counts' : undefined
}

export function sightOf(
  row: ConflictRow,
  facts: Pick<Sight, 'role' | 'holds' | 'since'> & { isMovable: boolean; reauthenticates: boolean; now: number },
): Sight {
  const { role, holds, since, now } = facts
  const choices = choicesOf(row, role, now)
  const status = statusOf(row, now, facts.reauthenticates)
  const until = row.state === 'moved' ? (row.moved_at ?? now) + undoMs : (row.told_at ?? now) + holderPatienceMs
  const silence = silenceOf(row, role, now, facts.reauthenticates)
  const about = { row, role, holds, since, until, silence }
  const isMove = choices.includes('ask') || choices.includes('undo')
  return isMove && !facts.isMovable ? { ...about, status: 'impossible', choices: [] } : { ...about, status, choices }
}
