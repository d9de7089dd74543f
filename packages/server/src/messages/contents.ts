import { hash } from 'node:crypto'
import type { MiniProgramPage, TemplateData, WechatClient } from '@hufu/wechat'
import type { MessageRow } from '../store/tables.ts'

export type Via = NonNullable<MessageRow['via']>

/** What a message says, as it is sealed: the text of a chat, or the JSON of a template's values. */
export interface Filling {
  data: TemplateData
  url?: string
  miniprogram?: MiniProgramPage
  /** The same as a text of the chat, for when no template can be sent today. */
  inWords?: string
}

/** The same of a one-time subscription message. */
export interface OneTimeFilling extends Omit<Filling, 'data' | 'inWords'> {
  title: string
  content: string
}

export function viaOf(row: Pick<MessageRow, 'via'>): Via {
  return row.via ?? 'customer_service'
}

/** A place of its own for what has a way: the version before 0.4.0 knows words in a chat only, and would say the JSON of a template there. */
export function contentPlace({ id, via }: Pick<MessageRow, 'id' | 'via'>): string {
  return via === null ? `messages.text.${id}` : `messages.content.${id}`
}

/**
 * WeChat knows a message again by this for ten minutes, so that it can be told twice and is sent once. Sent anew, after WeChat failed to deliver
 * it, it is another one.
 * @see https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html
 */
function clientMsgId(row: Pick<MessageRow, 'id' | 'resent'>): string {
  return hash('sha256', row.resent === 0 ? row.id : `${row.id} ${row.resent}`, 'hex').slice(0, 32)
}

/** Hands it to WeChat. @returns WeChat's id of it, where there is one. @throws WechatError, NetworkError */
export async function hand(
  client: Pick<WechatClient, 'customSendText' | 'templateSend' | 'subscribeSend' | 'oneTimeSend'>,
  row: Pick<MessageRow, 'id' | 'resent' | 'via' | 'template_id' | 'scene'>,
  touser: string,
  content: string,
): Promise<string | null> {
  const via = viaOf(row)
  if (via === 'customer_service') {
    await client.customSendText({ touser, content })
    return null
  }
  if (via === 'one_time') {
    const filling: OneTimeFilling = JSON.parse(content)
    await client.oneTimeSend({ touser, templateId: row.template_id ?? '', scene: row.scene ?? 0, ...filling })
    return null
  }
  const { data, url, miniprogram }: Filling = JSON.parse(content)
  const notice = { touser, templateId: row.template_id ?? '', data, ...(miniprogram && { miniprogram }) }
  if (via === 'subscription') {
    await client.subscribeSend({ ...notice, ...(url && { page: url }) })
    return null
  }
  return (await client.templateSend({ ...notice, ...(url && { url }), clientMsgId: clientMsgId(row) })).msgId
}
