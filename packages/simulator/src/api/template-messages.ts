import { shownFields } from '../templates/fields.ts'
import { readChecked, readFree, TEMPLATE_MESSAGE } from '../templates/values.ts'
import { type Api, OK, single } from './calls.ts'
import { ApiError } from './errors.ts'
import { newMsgid, readJump, recipient, record } from './sending.ts'

const SEND = '/cgi-bin/message/template/send'

/** @see https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html */
export const TEMPLATE_MESSAGE_APIS: Api[] = [
  {
    path: SEND,
    method: 'POST',
    credential: 'token',
    needs: 'template',
    async answer({ world, account, body }) {
      const { person, openid } = recipient(world, account, body.touser)
      const clientMsgId = single(body.client_msg_id) || undefined
      const known = clientMsgId && world.deduplication.find(openid, clientMsgId)
      if (known) return { ...OK, msgid: BigInt(known) }
      if (!person.follows.has(account.appid)) throw new ApiError(43004)
      const template = world.templates.find(account, 'template', body.template_id)
      if (template === undefined) throw new ApiError(40037)
      const jump = readJump(body, 'url')
      const free = account.kind === 'test'
      const values = free ? readFree(body.data) : readChecked(template, body.data, TEMPLATE_MESSAGE)
      const msgid = newMsgid()
      const { template_id, title } = template
      record(world, account, SEND, openid, { template_id, data: body.data, client_msg_id: clientMsgId, msgid })
      if (clientMsgId) world.deduplication.remember(openid, clientMsgId, msgid)
      const outcome = world.receipts.next(account, person)
      if (outcome === 'success' || outcome === 'none') {
        const message = { title, fields: shownFields(template.fields, values, free), ...jump }
        world.chat.add(account, person, { from: 'account', type: 'template', message })
      }
      await world.receipts.template({ account, person, openid, msgid }, outcome)
      return { ...OK, msgid: BigInt(msgid) }
    },
  },
]
