import type { AccountRow } from '../store/tables.ts'

/** What WeChat lets an account do; the product picks its way by it. */
export interface Capabilities {
  parametricQr: boolean
  webOauth: boolean
  userInfo: boolean
  templateMessages: boolean
  customerService: boolean
  /** 一次性订阅消息 */
  oneTimeMessages: boolean
  menu: boolean
}

/** By kind and verification: the permission table of the official documentation (公众平台接口权限说明). Test accounts have nearly all of it. */
export function capabilitiesOf(account: Pick<AccountRow, 'kind' | 'verified'>): Capabilities {
  const full = account.kind === 'test' || (account.kind === 'service' && account.verified === 1)
  return {
    parametricQr: full,
    webOauth: full,
    userInfo: full || account.verified === 1,
    templateMessages: full,
    customerService: full || account.verified === 1,
    oneTimeMessages: full || account.verified === 1,
    menu: full || account.verified === 1 || account.kind === 'service',
  }
}
