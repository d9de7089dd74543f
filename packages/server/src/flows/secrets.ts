import { base32, isMarked, newId, newMarkedId, newScene } from '../ids.ts'
import type { FlowKind } from '../store/tables.ts'
import { equalSecrets, hashSecret, type Vault } from '../vault/vault.ts'

/**
 * The secrets of a flow. Each is made from the flow's id and the installation's key when it is needed, so none of them is stored and a repeated
 * request gets the same answer; knowing one tells nothing about another. Those of kind `verify` are others than the same id would have as a login:
 * a version that knows no such kind finds no secret that fits, and logs nobody in by an approval.
 */
export interface FlowSecrets {
  /** 256 bits: reads and drives the flow. */
  browserSecret(flowId: string): string
  /** 256 bits: buys the result, server to server. */
  completionCode(flowId: string): string
  /** 256 bits: registers the person who was unknown. */
  registrationToken(flowId: string): string
  /** Two digits that only the PC shows. */
  number(flowId: string): string
  /** Six digits that only the phone shows. */
  code(flowId: string): string
  /** Names the flow in the link that the scanner gets. It opens the page; who holds the phone is proved by OAuth. */
  confirmToken(flowId: string): string
  /** @returns the flow id of a genuine token */
  flowOfConfirmToken(token: string): string | undefined
  /** Eight consonants, as they are typed in the chat. */
  chatCode(flowId: string): string
  /** By what a flow of this account is found when its code is typed. */
  chatIndex(appid: string, flowId: string): string
  /** Of either kind, which nobody can tell from what is typed. */
  indexesOfChatCode(appid: string, typed: string): [string, string]
  isBrowserSecret(flowId: string, presented: string): boolean
}

/** RFC 8628 §6.1: 34.5 bits in eight of them, easy to read aloud, to type on any keyboard, and never a word. */
const consonants = 'BCDFGHJKLMNPQRSTVWXZ'
const chatCodeLength = 8

/** Tries of the two digits. */
export const numberTries = 2

/** From the phone's yes until the PC has typed the six digits. */
export const handBackLifeMs = 120_000

/** How long a page has to fetch the completion code of a flow confirmed in its last second. */
export const confirmedLifeMs = 60_000

/** How long an unknown person has to read a mail and type what is in it. */
export const registeringLifeMs = 15 * 60_000
/** No flow needs its scanner this long after the scan: 30 minutes at most, 15 to register here, the extensions of a confirmed one, and 30 to register at the site. */
export const longestLifeMs = 90 * 60_000

/** Shape of a browser secret: anything else is no credential at all. */
export const browserSecretPattern = /^bs_[0-9A-Za-z_-]{43}$/

export function createFlowSecrets(vault: Vault): FlowSecrets {
  const derive = (purpose: string, flowId: string) =>
    vault.derive(isMarked(flowId) ? `verify ${purpose}` : purpose, flowId)
  const long = (prefix: string, purpose: string, flowId: string) =>
    prefix + derive(purpose, flowId).toString('base64url')
  /** 48 bits modulo 10^n: the bias is below 10^-8. */
  const digits = (purpose: string, flowId: string, count: number) =>
    String(derive(purpose, flowId).readUIntBE(0, 6) % 10 ** count).padStart(count, '0')
  function chatCode(flowId: string): string {
    // 64 bits into 34.5: the bias is below 10^-8.
    let number = derive('chat code', flowId).readBigUInt64BE()
    let text = ''
    for (let place = 0; place < chatCodeLength; place++) {
      text += consonants[Number(number % 20n)]
      number /= 20n
    }
    return text
  }
  const indexesOfChatCode = (appid: string, typed: string): [string, string] => [
    vault.index(`chat code ${appid}`, typed),
    vault.index(`verify chat code ${appid}`, typed),
  ]
  const browserSecret = (flowId: string) => long('bs_', 'browser secret', flowId)
  function confirmToken(flowId: string): string {
    return flowId.slice(3) + base32(derive('confirm token', flowId).subarray(0, 20))
  }
  return {
    browserSecret,
    confirmToken,
    completionCode: (flowId) => long('cc_', 'completion code', flowId),
    registrationToken: (flowId) => long('rt_', 'registration token', flowId),
    number: (flowId) => digits('number', flowId, 2),
    code: (flowId) => digits('hand-back code', flowId, 6),
    chatCode,
    indexesOfChatCode,
    chatIndex: (appid, flowId) => indexesOfChatCode(appid, chatCode(flowId))[isMarked(flowId) ? 1 : 0],
    isBrowserSecret: (flowId, presented) => equalSecrets(presented, browserSecret(flowId)),
    flowOfConfirmToken(token) {
      if (!/^[a-z2-7]{58}$/.test(token)) return undefined
      const flowId = `fl_${token.slice(0, 26)}`
      return equalSecrets(token, confirmToken(flowId)) ? flowId : undefined
    },
  }
}

/** What a new flow is found by, to tell its kind from: by us, and by nobody else. */
export function newNames(kind: FlowKind): { id: string; scene: string } {
  if (kind !== 'verify') return { id: newId('fl'), scene: newScene() }
  return { id: newMarkedId('fl'), scene: `V${newScene()}` }
}

/** What a scene is stored by. No other scene of ours has a capital letter. */
export function sceneHash(scene: string): string {
  return hashSecret(scene.startsWith('V') ? `verify ${scene}` : scene)
}
