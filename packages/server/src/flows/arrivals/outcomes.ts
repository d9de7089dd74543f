import type { Account } from '../../accounts/accounts.ts'
import type { Typed } from '../../chat/chat.ts'
import type { Batch } from '../../store/store.ts'
import type { Agreed, Answered } from './answering.ts'
import type { ScannedFlow } from './queries.ts'

/** What a scan came to, for the reply. */
export type Scan =
  | { outcome: 'scanned' | 'scanned_again' | 'taken' | 'not_theirs'; flow: ScannedFlow }
  | Agreed
  /** Over; or a scene that no flow of this account has. */
  | { outcome: 'over' | 'unknown' }
  /** No scene of ours: a QR code of the account's other systems, or nonsense. */
  | { outcome: 'foreign' }

/** What a text came to. `unknown_code`: a code that no flow of this account has; `locked`: after too many of those. */
export type ChatAnswer =
  | Exclude<Scan, { outcome: 'unknown' }>
  | Answered
  | { outcome: 'unknown_code' | 'code_over' | 'locked' }

/** A text that may be meant for a flow. */
export interface ChatInput {
  account: Account
  openidIndex: string
  typed: Typed
}

export interface ScanInput {
  account: Account
  scene: string
  ticket: string | undefined
  openidIndex: string
}

export interface Scanning {
  /**
   * Reads the flows that a batch of arrivals may concern: those of its scenes and of the codes typed in it, and the open ones of those who leave or
   * answer in the chat.
   */
  gather(batch: Batch, arrivals: { scans: ScanInput[]; chats: ChatInput[]; leavers: string[] }): Promise<ScannedFlows>
}

/** The flows of one batch: they change here, arrival by arrival, and are written together. */
export interface ScannedFlows {
  /** This follower scanned this scene. */
  scan(scan: ScanInput): Scan
  /** This follower wrote that. */
  hear(chat: ChatInput): ChatAnswer
  /** This person left at `leftAt` (ms), or withdrew what they had authorised; what they scanned after that goes on. */
  cancelOfScanner(openidIndex: string, leftAt: number, reason: 'not_following' | null): void
  put(): void
}
