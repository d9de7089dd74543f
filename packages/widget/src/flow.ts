export type FlowState =
  | 'waiting'
  | 'scanned'
  | 'registration_required'
  | 'confirmed'
  | 'completed'
  | 'declined'
  | 'expired'
  | 'cancelled'
  | 'failed'

export type FailureReason =
  | 'wechat_already_bound'
  | 'user_already_bound'
  | 'too_many_tries'
  | 'snapshot_user'
  | 'not_following'

/** The flow object of Hufu's HTTP contract, spelled as it travels. */
export interface Flow {
  readonly id: string
  readonly kind: 'login' | 'bind'
  readonly state: FlowState
  readonly reason?: FailureReason
  readonly next: 'scan' | 'phone' | 'enter_code' | 'register' | 'finish' | null
  readonly assurance?: 'instant' | 'tap' | 'number' | 'code'
  readonly number?: string
  readonly qr: { readonly content: string; readonly svg: string }
  readonly wechat_url?: string
  readonly expires_at: string
  readonly completion_code?: string
  readonly account?: { readonly name: string }
  readonly app?: { readonly name: string }
  readonly display_name?: string
}

const rank: Record<FlowState, number> = {
  waiting: 0,
  scanned: 1,
  registration_required: 2,
  confirmed: 3,
  completed: 4,
  declined: 4,
  expired: 4,
  cancelled: 4,
  failed: 4,
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** What the rest of the widget relies on is looked at here; anything else in the answer is carried along unread. */
export function isFlow(value: unknown): value is Flow {
  return (
    isRecord(value) &&
    typeof value.id === 'string' &&
    typeof value.state === 'string' &&
    Object.hasOwn(rank, value.state) &&
    typeof value.expires_at === 'string' &&
    isRecord(value.qr) &&
    typeof value.qr.svg === 'string'
  )
}

export function isOver(flow: Flow): boolean {
  return rank[flow.state] === 4
}

/** Answers of parallel requests may arrive out of order, and a flow never goes backwards. */
export function isOlder(flow: Flow, than: Flow): boolean {
  return flow.id === than.id && rank[flow.state] < rank[than.state]
}

/** What `?seen=` names: the state and what the page has to do. */
export function seenOf(flow: Flow): string {
  return flow.next ? `${flow.state}:${flow.next}` : flow.state
}

/** Pages get the flow in events and properties; the completion code only where they asked to finish themselves. */
export function withoutCode(flow: Flow): Flow {
  const { completion_code: _, ...shown } = flow
  return shown
}

/** An address from an answer, if a browser may be sent there: `javascript:` and the like never are. */
export function webAddress(value: unknown, base?: string): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  try {
    const url = new URL(value, base)
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined
  } catch {
    return undefined
  }
}
