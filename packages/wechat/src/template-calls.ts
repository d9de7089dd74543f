import type { WechatClient } from './client.ts'
import { LimitError, NetworkError } from './errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'
import type {
  Industry,
  LibraryKeyword,
  LibraryTitle,
  MiniProgramPage,
  OneTimeMessage,
  PrivateTemplate,
  SubscriptionNotice,
  SubscriptionTemplate,
  TemplateData,
  TemplateMessage,
} from './template-types.ts'

/** Templates and what is sent by them. Every method may throw WechatError or NetworkError. */
export interface TemplateCalls {
  /**
   * Accepted is not delivered: that comes as `template_send_job_finish` with this id. @throws LimitError
   * @see https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html
   */
  templateSend(message: TemplateMessage): Promise<{ readonly msgId: string }>
  /** The account's templates. */
  templateList(): Promise<readonly PrivateTemplate[]>
  /** From the library; templates of categories need the names of their keywords, in order. @returns its id */
  templateAdd(template: { readonly shortId: string; readonly keywords?: readonly string[] }): Promise<string>
  templateDelete(templateId: string): Promise<void>
  industryGet(): Promise<Industry>
  /** Once a month; what stood under the former industries is deleted. Numbers 1…41. */
  industrySet(industries: { readonly primary: number; readonly secondary: number }): Promise<void>
  /** Whether it arrived comes as `subscribe_msg_sent`. There is no id to repeat it by: after a lost answer it is unknown. */
  subscribeSend(notice: SubscriptionNotice): Promise<void>
  subscribeTemplates(): Promise<readonly SubscriptionTemplate[]>
  subscribeCategories(): Promise<readonly { readonly id: string; readonly name: string }[]>
  /** At most 30 of the library's titles of these categories, from `start` on. */
  subscribeTitles(page: {
    readonly categoryIds: readonly string[]
    readonly start?: number
    readonly limit?: number
  }): Promise<{ readonly count: number; readonly titles: readonly LibraryTitle[] }>
  subscribeKeywords(tid: string): Promise<readonly LibraryKeyword[]>
  /** 2…5 keywords, in order; `scene` says what for, in at most 15 characters. @returns its id. @throws LimitError */
  subscribeAdd(template: {
    readonly tid: string
    readonly keywords: readonly number[]
    readonly scene: string
  }): Promise<string>
  subscribeDelete(templateId: string): Promise<void>
  /** @throws LimitError */
  oneTimeSend(message: OneTimeMessage): Promise<void>
}

const MAX_CLIENT_MSG_ID = 32
const MAX_TITLE = 15
const MAX_CONTENT = 200
const MAX_SCENE_DESC = 15

export function createTemplateCalls(call: WechatClient['call']): TemplateCalls {
  return {
    async templateSend({ touser, templateId, data, url, miniprogram, clientMsgId }) {
      const path = '/cgi-bin/message/template/send'
      if (clientMsgId !== undefined && clientMsgId.length > MAX_CLIENT_MSG_ID)
        throw new LimitError('clientMsgId', `must not exceed ${MAX_CLIENT_MSG_ID} characters`)
      const body = { touser, template_id: templateId, data: encodeData(data), url, ...encodePage(miniprogram) }
      const json = await call(path, {
        body: clientMsgId === undefined ? body : { ...body, client_msg_id: clientMsgId },
        // With an id of its own the second one is not sent.
        idempotent: clientMsgId !== undefined,
      })
      return { msgId: idOf(json.msgid, path) }
    },
    async templateList() {
      const path = '/cgi-bin/template/get_all_private_template'
      return objects((await call(path)).template_list, path).map((row) => ({
        templateId: idOf(row.template_id, path),
        title: textOf(row.title),
        content: textOf(row.content),
        example: textOf(row.example),
        primaryIndustry: textOf(row.primary_industry),
        deputyIndustry: textOf(row.deputy_industry),
      }))
    },
    async templateAdd({ shortId, keywords }) {
      const path = '/cgi-bin/template/api_add_template'
      const body = { template_id_short: shortId, keyword_name_list: keywords }
      return idOf((await call(path, { body })).template_id, path)
    },
    async templateDelete(templateId) {
      await call('/cgi-bin/template/del_private_template', { body: { template_id: templateId } })
    },
    async industryGet() {
      const json = await call('/cgi-bin/template/get_industry')
      return { primary: industryOf(json.primary_industry), secondary: industryOf(json.secondary_industry) }
    },
    async industrySet({ primary, secondary }) {
      const body = { industry_id1: String(primary), industry_id2: String(secondary) }
      await call('/cgi-bin/template/api_set_industry', { body })
    },
    async subscribeSend({ touser, templateId, data, page, miniprogram }) {
      const body = { touser, template_id: templateId, data: encodeData(data), page, ...encodePage(miniprogram) }
      await call('/cgi-bin/message/subscribe/bizsend', { body })
    },
    async subscribeTemplates() {
      const path = '/wxaapi/newtmpl/gettemplate'
      return objects((await call(path)).data, path).map((row) => ({
        templateId: idOf(row.priTmplId, path),
        title: textOf(row.title),
        content: textOf(row.content),
        example: textOf(row.example),
        type: typeOf(row.type),
        values: enumValues(row.keywordEnumValueList, path),
      }))
    },
    async subscribeCategories() {
      const path = '/wxaapi/newtmpl/getcategory'
      return objects((await call(path)).data, path).map((row) => ({ id: idOf(row.id, path), name: textOf(row.name) }))
    },
    async subscribeTitles({ categoryIds, start = 0, limit = 30 }) {
      const path = '/wxaapi/newtmpl/getpubtemplatetitles'
      const query = { ids: categoryIds.join(','), start: String(start), limit: String(limit) }
      const json = await call(path, { query })
      const titles = objects(json.data, path).map((row) => ({
        tid: idOf(row.tid, path),
        title: textOf(row.title),
        type: typeOf(row.type),
        categoryId: textOf(row.categoryId),
      }))
      return { count: typeof json.count === 'number' ? json.count : titles.length, titles }
    },
    async subscribeKeywords(tid) {
      const path = '/wxaapi/newtmpl/getpubtemplatekeywords'
      return objects((await call(path, { query: { tid } })).data, path).map((row) => ({
        kid: Number(row.kid),
        name: textOf(row.name),
        example: textOf(row.example),
        rule: textOf(row.rule),
      }))
    },
    async subscribeAdd({ tid, keywords, scene }) {
      const path = '/wxaapi/newtmpl/addtemplate'
      if (keywords.length < 2 || keywords.length > 5) throw new LimitError('keywords', 'must be 2 to 5')
      if (scene.length > MAX_SCENE_DESC) throw new LimitError('scene', `must not exceed ${MAX_SCENE_DESC} characters`)
      const json = await call(path, { body: { tid, kidList: keywords, sceneDesc: scene } })
      return idOf(json.priTmplId, path)
    },
    async subscribeDelete(templateId) {
      await call('/wxaapi/newtmpl/deltemplate', { body: { priTmplId: templateId } })
    },
    async oneTimeSend({ touser, templateId, scene, title, content, url, miniprogram }) {
      checkLength('title', title, MAX_TITLE)
      checkLength('content', content, MAX_CONTENT)
      const head = { touser, template_id: templateId, scene: String(scene), title, url, ...encodePage(miniprogram) }
      await call('/cgi-bin/message/template/subscribe', { body: { ...head, data: { content: { value: content } } } })
    },
  }
}

function checkLength(field: string, value: string, most: number): void {
  if (value.trim() === '' || value.length > most) throw new LimitError(field, `must be 1 to ${most} characters`)
}

function encodeData(data: TemplateData): Record<string, { value: string }> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, { value }]))
}

function encodePage(miniprogram: MiniProgramPage | undefined) {
  return miniprogram === undefined ? {} : { miniprogram }
}

/** @see https://developers.weixin.qq.com/doc/service/api/notify/notify/api_gettemplatelist.html */
function enumValues(value: JsonValue | undefined, path: string): Record<string, string[]> {
  if (!Array.isArray(value)) return {}
  const listed = objects(value, path).map(({ keywordCode, enumValueList }): [string, string[]] => [
    textOf(keywordCode),
    Array.isArray(enumValueList) ? enumValueList.map(textOf) : [],
  ])
  return Object.fromEntries(listed)
}

function objects(value: JsonValue | undefined, path: string): JsonObject[] {
  if (!Array.isArray(value)) throw new NetworkError('garbage', path, 200)
  return value.filter((item) => isJsonObject(item))
}

/** Ids come as numbers or as text. */
function idOf(value: JsonValue | undefined, path: string): string {
  const id = textOf(value)
  if (id === '') throw new NetworkError('garbage', path, 200)
  return id
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'number' ? String(value) : typeof value === 'string' ? value : ''
}

function typeOf(value: JsonValue | undefined): 'one_time' | 'long_term' {
  return value === 3 ? 'long_term' : 'one_time'
}

function industryOf(value: JsonValue | undefined): string {
  return isJsonObject(value) ? [value.first_class, value.second_class].map(textOf).filter(Boolean).join('/') : ''
}
