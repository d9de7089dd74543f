import { correction, generate } from 'lean-qr'
import type { CredentialMethod, FlowEntry, FlowKind, FlowReason, FlowState } from '../store/tables.ts'
import { type Profile, type ProfileView, profileView } from './profiles.ts'
import type { FlowRow } from './queries.ts'
import type { FlowSecrets } from './secrets.ts'
import { kindOf } from './verifying.ts'

/** What the page has to do. */
export type Next = 'scan' | 'phone' | 'enter_code' | 'register' | 'finish' | null

/** The flow object of the HTTP contract. */
export interface FlowView {
  id: string
  kind: FlowKind
  purpose?: string
  state: FlowState
  reason?: FlowReason
  next: Next
  assurance: FlowRow['assurance']
  number?: string
  qr: { content: string; svg: string }
  wechat_url?: string
  registration?: {
    methods: CredentialMethod[]
    sent?: { method: CredentialMethod; to: string; expires_at: string; resend_at: string }
  }
  entry: FlowEntry
  chat_code?: string
  display_name?: string
  account: { appid: string; name: string }
  app: { id: string; name: string }
  profile?: ProfileView
  metadata?: Record<string, unknown>
  return_to?: string
  expires_at: string
  completion_code?: string
}

const final: readonly FlowState[] = ['completed', 'declined', 'expired', 'cancelled', 'failed']

/** It was told for what did not come about. */
const hidesProfile: readonly FlowState[] = ['declined', 'expired', 'cancelled', 'failed']

export function isFinal(state: FlowState): boolean {
  return final.includes(state)
}

/** A flow past its time is expired, whether or not the housekeeping has written so. */
export function stateOf(row: Pick<FlowRow, 'state' | 'expires_at'>, now: number): FlowState {
  return !isFinal(row.state) && row.expires_at <= now ? 'expired' : row.state
}

export function nextOf(row: FlowRow, now: number): Next {
  switch (stateOf(row, now)) {
    case 'waiting':
      return 'scan'
    case 'scanned':
      return row.phone_confirmed_at === null ? 'phone' : 'enter_code'
    case 'registration_required':
      return 'register'
    case 'confirmed':
      return 'finish'
    default:
      return null
  }
}

export function viewOf(
  row: FlowRow,
  context: {
    now: number
    audience: 'browser' | 'backend'
    secrets: FlowSecrets
    account: { appid: string; name: string }
    app: { id: string; name: string }
    wechatUrl: string | undefined
    /** Of an approval. */
    purpose: string | undefined
    methods: CredentialMethod[] | undefined
    /** What WeChat was let tell of who scanned. */
    profile: Profile | undefined
    /** The account has no web authorisation: who holds the phone is proved by the number, typed in the chat. */
    confirmsInChat: boolean
  },
): FlowView {
  const { now, secrets } = context
  const state = stateOf(row, now)
  const browser = context.audience === 'browser'
  const content = row.qr_content || (context.wechatUrl ?? '')
  const entry = row.link_id === null ? (row.entry ?? 'qr') : 'page'
  const asksNumber = row.assurance === 'number' || context.confirmsInChat
  const showNumber = browser && state === 'scanned' && asksNumber && row.phone_confirmed_at === null
  return {
    id: row.id,
    kind: kindOf(row),
    ...(context.purpose !== undefined && { purpose: context.purpose }),
    state,
    ...(row.reason && { reason: row.reason }),
    next: nextOf(row, now),
    assurance: row.assurance,
    ...(showNumber && { number: secrets.number(row.id) }),
    qr: { content, svg: qrSvg(content) },
    ...(state === 'waiting' && context.wechatUrl && { wechat_url: context.wechatUrl }),
    ...(state === 'registration_required' && context.methods && { registration: { methods: context.methods } }),
    entry,
    ...(state === 'waiting' && entry === 'chat' && { chat_code: spelled(secrets.chatCode(row.id)) }),
    ...(row.display_name && { display_name: row.display_name }),
    account: context.account,
    app: context.app,
    ...(context.profile && !hidesProfile.includes(state) && { profile: profileView(context.profile) }),
    ...(!browser && row.metadata && { metadata: JSON.parse(row.metadata) }),
    ...(row.return_to && { return_to: row.return_to }),
    expires_at: new Date(row.expires_at).toISOString(),
    ...(browser && state === 'confirmed' && { completion_code: secrets.completionCode(row.id) }),
  }
}

/** In two halves, as people read and type it. */
function spelled(chatCode: string): string {
  return `${chatCode.slice(0, 4)}-${chatCode.slice(4)}`
}

const drawn = new Map<string, string>()
const drawingsKept = 500

/** One path of row runs, with the quiet zone the standard asks for (ISO/IEC 18004: four modules). */
function qrSvg(content: string): string {
  const known = drawn.get(content)
  if (known) return known
  const code = generate(content, { minCorrectionLevel: correction.M })
  const quiet = 4
  const size = code.size + 2 * quiet
  let path = ''
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      const from = x
      while (code.get(x, y)) x++
      if (x > from) path += `M${from + quiet} ${y + quiet}h${x - from}v1h-${x - from}z`
    }
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="currentColor" d="${path}"/></svg>`
  if (drawn.size >= drawingsKept) drawn.delete(drawn.keys().next().value ?? '')
  drawn.set(content, svg)
  return svg
}

/**
 * Who scanned or typed a code has scanned before the page is theirs, and their openid stands with the follower alone; who opened the page
 * inside WeChat becomes the scanner by the page itself, which keeps the openid with the flow.
 */
export function arrivalOf(row: FlowRow): 'scan' | 'link' | 'inside' {
  if (row.link_id !== null) return 'link'
  const isOpened = row.scanner_index === null || row.scanner_sealed !== null
  return isOpened && row.entry !== 'page' ? 'inside' : 'scan'
}
