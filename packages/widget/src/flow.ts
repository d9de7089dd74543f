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
  readonly kind: 'login' | 'bind' | 'verify'
  /** Of kind `verify`: what is to be approved. */
  readonly purpose?: string
  readonly state: FlowState
  readonly reason?: FailureReason
  readonly next: 'scan' | 'phone' | 'enter_code' | 'register' | 'finish' | null
  readonly assurance?: 'instant' | 'tap' | 'number' | 'code'
  readonly number?: string
  readonly qr: { readonly content: string; readonly svg: string }
  readonly wechat_url?: string
  readonly registration?: { readonly methods: readonly string[] }
  /** Older servers know the parametric code only, and do not say so. */
  readonly entry?: 'qr' | 'page' | 'chat'
  /** To be typed in the chat, where the QR code only leads there. */
  readonly chat_code?: string
  readonly expires_at: string
  readonly completion_code?: string
  readonly account?: { readonly name: string }
  readonly app?: { readonly name: string }
  readonly display_name?: string
}

/** In the order of a flow's life; from `completed` on it is over. */
const states = [
  'waiting',
  'scanned',
  'registration_required',
  'confirmed',
  'completed',
  'declined',
  'expired',
  'cancelled',
  'failed',
]

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** What the rest of the widget relies on is looked at here; anything else in the answer is carried along unread. */
export function isFlow(value: unknown): value is Flow {
  return (
    isRecord(value) &&
    typeof value.id === 'string' &&
    states.includes(`${value.state}`) &&
    isRecord(value.qr) &&
    typeof value.qr.svg === 'string'
  )
}

export function isOver({ state }: Flow): boolean {
  return states.indexOf(state) > 3
}

/** Answers of parallel requests may arrive out of order, and a flow never goes backwards. */
export function isOlder(flow: Flow, than: Flow): boolean {
  return isOver(than) || states.indexOf(flow.state) < states.indexOf(than.state)
}

/** What `?seen=` names: the state and what the page has to do. */
export function seenOf({ state, next }: Flow): string {
  return next ? `${state}:${next}` : state
}

/** Pages get the flow in events and properties; the completion code only where they asked to finish themselves. */
export function withoutCode({ completion_code: _, ...shown }: Flow): Flow {
  return shown
}

/** An address from an answer, if a browser may be sent there: `javascript:` and the like never are. */
export function webAddress(value: unknown, base?: string): string | undefined {
  try {
    const { protocol, href } = new URL(String(value), base)
    return value && /^https?:$/.test(protocol) ? href : undefined
  } catch {
    return undefined
  }
}
