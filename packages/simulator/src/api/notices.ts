import { shownFields } from '../templates/fields.ts'
import { lengthOf } from '../templates/rules.ts'
import { readChecked, SUBSCRIPTION_NOTICE } from '../templates/values.ts'
import { type Api, isJson, type Json, OK, single } from './calls.ts'
import { ApiError } from './errors.ts'
import { newMsgid, readJump, recipient, record } from './sending.ts'

const BIZSEND = '/cgi-bin/message/subscribe/bizsend'
const ONE_TIME = '/cgi-bin/message/template/subscribe'

function readContent(data: unknown): string {
  const content = isJson(data) ? data.content : undefined
  const value = isJson(content) ? single(content.value) : undefined
  if (!value || lengthOf(value) > 200) throw new ApiError(47003, 'argument invalid! data.content.value invalid')
  return value
}

function readTitle({ title }: Json): string {
  const text = single(title) ?? ''
  if (text === '' || lengthOf(text) > 15) throw new ApiError(40062)
  return text
}

/** Messages that somebody asked for: 订阅通知 and 一次性订阅消息. @see https://developers.weixin.qq.com/doc/service/api/notify/notify/api_sendnewsubscribemsg.html */
export const NOTICE_APIS: Api[] = [
  {
    path: BIZSEND,
    method: 'POST',
    credential: 'token',
    needs: 'notices',
    oneAtATime: true,
    async answer({ world, account, body }) {
      const { person, openid } = recipient(world, account, body.touser)
      const template = world.templates.find(account, 'subscribe', body.template_id)
      if (template === undefined) throw new ApiError(40037)
      const jump = readJump(body, 'page')
      const values = readChecked(template, body.data, SUBSCRIPTION_NOTICE)
      if (!world.subscriptions.take(person, template)) throw new ApiError(43101)
      const msgid = newMsgid()
      const { template_id: templateId, title, fields } = template
      const clientMsgId = single(body.client_msg_id)
      const accepted = { template_id: templateId, data: body.data, client_msg_id: clientMsgId, msgid }
      record(world, account, BIZSEND, openid, accepted)
      const outcome = world.receipts.next(account, person)
      if (outcome === 'success' || outcome === 'none') {
        const message = { title, fields: shownFields(fields, values, false), ...jump }
        world.chat.add(account, person, { from: 'account', type: 'subscribe', message })
      }
      await world.receipts.notice({ account, person, openid, msgid, templateId }, outcome)
      return OK
    },
  },
  {
    path: ONE_TIME,
    method: 'POST',
    credential: 'token',
    needs: 'one_time',
    answer({ world, account, body }) {
      const { person, openid } = recipient(world, account, body.touser)
      if (body.template_id !== account.subscribemsg_template_id) throw new ApiError(40037)
      const title = readTitle(body)
      const value = readContent(body.data)
      const jump = readJump(body, 'url')
      if (!world.oneTime.take(account.appid, openid, String(body.scene))) throw new ApiError(43101)
      record(world, account, ONE_TIME, openid, { template_id: account.subscribemsg_template_id, data: body.data })
      const message = { title, fields: [{ label: '', key: 'content', value }], ...jump }
      world.chat.add(account, person, { from: 'account', type: 'subscribe', message })
      return OK
    },
  },
]
