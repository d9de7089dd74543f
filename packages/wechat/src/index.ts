export type * from './api-types.ts'
export { type Callback, type CallbackConfig, type CallbackMode, createCallback, type OpenedPush } from './callback.ts'
export { type CallOptions, createWechatClient, type WechatClient, type WechatClientOptions } from './client.ts'
export { encodeReply, MAX_REPLY_TEXT, type ReplyHead, type Seal, sealReply } from './compose.ts'
export {
  createTokenHolder,
  memoryTokenStore,
  type StoredToken,
  type TokenHolderOptions,
  type TokenSource,
  type TokenStore,
} from './credential.ts'
export { type AesKey, decodeAesKey, decryptMessage, encryptMessage } from './encryption.ts'
export * from './errors.ts'
export {
  checkFieldValue,
  type FieldProblem,
  type FieldType,
  fieldLimitOf,
  fieldTypeOf,
  parseTemplateFields,
  type TemplateField,
} from './fields.ts'
export { API_ORIGINS } from './hosts.ts'
export { type JsonObject, type JsonValue, parseJsonObject } from './json.ts'
export { type JssdkSignatureParts, jssdkSignature } from './jssdk.ts'
export { type KeyButtonType, type Menu, type MenuButton, parseMenu, type SubMenu } from './menu.ts'
export type * from './push-types.ts'
export type * from './reply.ts'
export { retryClassOf } from './retry-class.ts'
export { signCallback, verifyCallbackSignature } from './signature.ts'
export type { TemplateCalls } from './template-calls.ts'
export type * from './template-types.ts'
export { parseXml, type XmlElement, XmlError } from './xml.ts'
