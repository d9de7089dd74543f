import { describe, expect, it } from 'vitest'
import { createCallback, type Push } from '../src/index.ts'
import { deliverEncrypted, document, NOW, OPENID, ORIGINAL_ID, SAFE, SECONDS } from './fixtures.ts'

const callback = createCallback(SAFE)

function open(xml: string): Push {
  const { query, body } = deliverEncrypted(xml)
  return callback.open(query, body, NOW).push
}

function leafs(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
    .join('')
}

const event = (name: string, fields = '') => open(document(`<Event><![CDATA[${name}]]></Event>${fields}`))
const message = (type: string, fields: Record<string, string>) =>
  open(document(leafs({ ...fields, MsgId: '24012345678901234' }), type))

const head = { toUserName: ORIGINAL_ID, fromUserName: OPENID, createTime: SECONDS, msgType: 'event' }
const person = { ...head, openid: OPENID }

describe('messages', () => {
  it.each<[string, Record<string, string>, object]>([
    ['text', { Content: 'a<b>&amp;' }, { content: 'a<b>&amp;' }],
    ['text', { Content: '是', bizmsgmenuid: '101' }, { content: '是', bizMsgMenuId: '101' }],
    ['image', { PicUrl: 'http://p', MediaId: 'm' }, { picUrl: 'http://p', mediaId: 'm' }],
    ['voice', { MediaId: 'm', Format: 'amr' }, { mediaId: 'm', format: 'amr' }],
    [
      'voice',
      { MediaId: 'm', Format: 'speex', MediaId16K: 'k', Recognition: '你好' },
      { mediaId: 'm', format: 'speex', mediaId16K: 'k', recognition: '你好' },
    ],
    ['video', { MediaId: 'm', ThumbMediaId: 't' }, { mediaId: 'm', thumbMediaId: 't' }],
    ['shortvideo', { MediaId: 'm', ThumbMediaId: 't' }, { mediaId: 'm', thumbMediaId: 't' }],
    [
      'location',
      { Location_X: '23.134521', Location_Y: '113.358803', Scale: '20', Label: '广州' },
      { latitude: '23.134521', longitude: '113.358803', scale: '20', label: '广州' },
    ],
    ['link', { Title: 't', Description: 'd', Url: 'https://u' }, { title: 't', description: 'd', url: 'https://u' }],
    [
      'miniprogrampage',
      { Title: 't', AppId: 'wx2', PagePath: 'p', ThumbUrl: 'u', ThumbMediaId: 'm' },
      { title: 't', appid: 'wx2', pagePath: 'p', thumbUrl: 'u', thumbMediaId: 'm' },
    ],
    ['text', { Content: 'x', MsgDataId: '9', Idx: '1' }, { content: 'x', msgDataId: '9', idx: '1' }],
  ])('%s %o', (type, fields, expected) => {
    expect(message(type, fields)).toEqual({
      ...person,
      msgType: type,
      kind: type,
      msgId: '24012345678901234',
      ...expected,
    })
  })
})

describe('following and scanning', () => {
  it.each<[string, string, object]>([
    ['subscribe', '', { kind: 'subscribe', eventKey: '' }],
    ['subscribe', '<EventKey></EventKey>', { kind: 'subscribe', eventKey: '' }],
    ['subscribe', '<EventKey/>', { kind: 'subscribe', eventKey: '' }],
    [
      'subscribe',
      leafs({ EventKey: 'qrscene_0012', Ticket: 'gQ==' }),
      { kind: 'subscribe', eventKey: 'qrscene_0012', scene: '0012', ticket: 'gQ==' },
    ],
    [
      'subscribe',
      leafs({ EventKey: 'qrscene_qrscene_1' }),
      { kind: 'subscribe', eventKey: 'qrscene_qrscene_1', scene: 'qrscene_1' },
    ],
    ['subscribe', leafs({ EventKey: 'qrscene_' }), { kind: 'subscribe', eventKey: 'qrscene_' }],
    [
      'subscribe',
      leafs({ EventKey: 'last_trade_no_42' }),
      { kind: 'subscribe', eventKey: 'last_trade_no_42', lastTradeNo: '42' },
    ],
    ['unsubscribe', leafs({ EventKey: '' }), { kind: 'unsubscribe', eventKey: '' }],
    [
      'SCAN',
      leafs({ EventKey: '4294967294', Ticket: 't' }),
      { kind: 'scan', eventKey: '4294967294', scene: '4294967294', ticket: 't' },
    ],
    ['scan', leafs({ EventKey: 'qrscene_1' }), { kind: 'scan', eventKey: 'qrscene_1', scene: 'qrscene_1' }],
    ['SCAN', '', { kind: 'scan', eventKey: '' }],
    ['SCAN', leafs({ EventKey: '😀'.repeat(40) }), { kind: 'scan', eventKey: '😀'.repeat(40), scene: '😀'.repeat(40) }],
  ])('%s with %s', (name, fields, expected) => {
    expect(event(name, fields)).toEqual({ ...person, ...expected })
  })
})

describe('menu and position', () => {
  it.each<[string, string, object]>([
    ['CLICK', leafs({ EventKey: 'k' }), { kind: 'click', eventKey: 'k' }],
    ['VIEW', leafs({ EventKey: 'https://a', MenuId: '7' }), { kind: 'view', eventKey: 'https://a', menuId: '7' }],
    ['view_miniprogram', leafs({ EventKey: 'p/q' }), { kind: 'view_miniprogram', eventKey: 'p/q' }],
    [
      'LOCATION',
      leafs({ Latitude: '23.1', Longitude: '113.3', Precision: '119.385040' }),
      { kind: 'location_event', latitude: '23.1', longitude: '113.3', precision: '119.385040' },
    ],
    ...['scancode_push', 'scancode_waitmsg'].map((name): [string, string, object] => [
      name,
      `${leafs({ EventKey: 'k' })}<ScanCodeInfo>${leafs({ ScanType: 'qrcode', ScanResult: '1e5' })}</ScanCodeInfo>`,
      { kind: name, eventKey: 'k', scanType: 'qrcode', scanResult: '1e5' },
    ]),
    ...['pic_sysphoto', 'pic_photo_or_album', 'pic_weixin'].map((name): [string, string, object] => [
      name,
      `<EventKey>k</EventKey><SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>a</PicMd5Sum></item>
        <item><PicMd5Sum>b</PicMd5Sum></item></PicList></SendPicsInfo>`,
      { kind: name, eventKey: 'k', count: '2', picMd5Sums: ['a', 'b'] },
    ]),
    [
      'location_select',
      `<EventKey>k</EventKey><SendLocationInfo>${leafs({ Location_X: '23', Location_Y: '113', Scale: '15', Label: 'l', Poiname: '' })}</SendLocationInfo>`,
      {
        kind: 'location_select',
        eventKey: 'k',
        latitude: '23',
        longitude: '113',
        scale: '15',
        label: 'l',
        poiname: '',
      },
    ],
  ])('%s', (name, fields, expected) => {
    expect(event(name, fields)).toEqual({ ...person, ...expected })
  })
})

describe('what became of a send', () => {
  it.each([
    ['success', 'success'],
    ['failed:user block', 'user_block'],
    ['failed: user block', 'user_block'],
    ['failed: system failed', 'system_failed'],
    ['failed:system failed', 'system_failed'],
    ['failed: something new', 'failed'],
  ])('TEMPLATESENDJOBFINISH %s is %s', (status, outcome) => {
    const push = event('TEMPLATESENDJOBFINISH', leafs({ MsgID: '3512345678901234567', Status: status }))
    expect(push).toEqual({
      ...person,
      kind: 'template_send_job_finish',
      msgId: '3512345678901234567',
      status,
      outcome,
    })
  })

  it('MASSSENDJOBFINISH is about the account, its report of eight articles included', () => {
    const article = `<item>${leafs({ ArticleIdx: '1', UserDeclareState: '0', AuditState: '2', OriginalArticleUrl: 'u', OriginalArticleType: '1', CanReprint: '1', NeedReplaceContent: '1', NeedShowReprintSource: '1' })}</item>`
    const push = event(
      'MASSSENDJOBFINISH',
      `${leafs({ MsgID: '1', Status: 'send success', TotalCount: '100', FilterCount: '80', SentCount: '75', ErrorCount: '5' })}
       <CopyrightCheckResult><Count>8</Count><ResultList>${article.repeat(8)}</ResultList><CheckState>2</CheckState></CopyrightCheckResult>`,
    )
    expect(push).toEqual({
      ...head,
      kind: 'mass_send_job_finish',
      msgId: '1',
      status: 'send success',
      totalCount: '100',
      filterCount: '80',
      sentCount: '75',
      errorCount: '5',
    })
  })

  it.each([
    ['SubscribeMsgPopupEvent', 'subscribe_msg_popup_event', 'subscribe_msg_popup'],
    ['SubscribeMsgChangeEvent', 'subscribe_msg_change_event', 'subscribe_msg_change'],
    ['SubscribeMsgSentEvent', 'subscribe_msg_sent_event', 'subscribe_msg_sent'],
  ])('%s has a list of none, one or many', (container, name, kind) => {
    const item = `<List>${leafs({ TemplateId: 'a', SubscribeStatusString: 'accept', PopupScene: '1', MsgID: '1700000000000000001', ErrorCode: '0', ErrorStatus: 'success' })}</List>`
    for (const count of [0, 1, 3]) {
      const push = event(name, `<${container}>${item.repeat(count)}</${container}>`)
      expect(push).toMatchObject({ ...person, kind, items: Array(count).fill({ templateId: 'a' }) })
    }
    const [first] = (event(name, `<${container}>${item}</${container}>`) as { items?: object[] }).items ?? []
    expect(first).toEqual(ITEMS[kind])
  })
})

const ITEMS: Record<string, object> = {
  subscribe_msg_popup: { templateId: 'a', subscribeStatusString: 'accept', popupScene: '1' },
  subscribe_msg_change: { templateId: 'a', subscribeStatusString: 'accept' },
  subscribe_msg_sent: { templateId: 'a', msgId: '1700000000000000001', errorCode: '0', errorStatus: 'success' },
}

describe('notices', () => {
  it.each(['user_info_modified', 'user_authorization_revoke', 'user_authorization_cancellation'])(
    '%s is about the person in OpenID, not about its sender',
    (name) => {
      const fields = leafs({ OpenID: 'oAffected', AppID: 'wx1', RevokeInfo: '205' })
      const expected = { ...head, kind: name, openid: 'oAffected', appid: 'wx1', revokeInfo: '205' }
      expect(event(name, fields)).toEqual(expected)
      expect(event(name, fields + leafs({ UnionID: 'u' }))).toEqual({ ...expected, unionid: 'u' })
      expect(event(name, leafs({ AppID: 'wx1' })).kind).toBe('unknown')
    },
  )

  it.each(['qualification_verify_success', 'naming_verify_success', 'annual_renew', 'verify_expired'])(
    '%s names no person',
    (name) => {
      expect(event(name, leafs({ ExpiredTime: '1752000999' }))).toEqual({
        ...head,
        kind: name,
        expiredTime: '1752000999',
      })
    },
  )

  it.each(['qualification_verify_fail', 'naming_verify_fail'])('%s says when and why', (name) => {
    expect(event(name, leafs({ FailTime: '1752000999', FailReason: 'by time' }))).toEqual({
      ...head,
      kind: name,
      failTime: '1752000999',
      failReason: 'by time',
    })
  })
})

describe('what nobody knows yet', () => {
  it('is kept, with every element and every level', () => {
    expect(event('user_get_card', '<CardId>c</CardId><Extra><A>1</A><A2><B>2</B></A2></Extra>')).toMatchObject({
      ...head,
      kind: 'unknown',
      event: 'user_get_card',
      elements: [
        { name: 'ToUserName', text: ORIGINAL_ID },
        { name: 'FromUserName' },
        { name: 'CreateTime' },
        { name: 'MsgType' },
        { name: 'Event', text: 'user_get_card' },
        { name: 'CardId', text: 'c' },
        {
          name: 'Extra',
          text: '',
          children: [
            { name: 'A', text: '1' },
            { name: 'A2', children: [{ name: 'B', text: '2' }] },
          ],
        },
      ],
    })
  })

  it('includes a new message type, a message without its id, and a known event with an element nested that never was', () => {
    expect(message('hologram', {})).toMatchObject({ kind: 'unknown', msgType: 'hologram', msgId: '24012345678901234' })
    expect(open(document('<Content>x</Content>', 'text')).kind).toBe('unknown')
    expect(event('SCAN', '<EventKey><A>1</A></EventKey>').kind).toBe('unknown')
    expect(event('SCAN', '<EventKey>1</EventKey><Surprise><A>1</A></Surprise>').kind).toBe('unknown')
  })

  it('does not include a new leaf on a known event', () => {
    expect(event('SCAN', '<EventKey>1</EventKey><Surprise>1</Surprise>')).toMatchObject({ kind: 'scan', scene: '1' })
  })

  it('has no openid: its sender need not be a person', () => {
    expect(event('user_get_card').openid).toBeUndefined()
  })
})

describe('text', () => {
  it('may stand in CDATA, outside it, in several pieces, with references', () => {
    for (const content of ['<![CDATA[a&b]]>', 'a&amp;b', 'a&#38;b', 'a&#x26;b', '<![CDATA[a]]>&amp;<![CDATA[b]]>']) {
      expect(open(document(`<Content>${content}</Content><MsgId>1</MsgId>`, 'text'))).toMatchObject({ content: 'a&b' })
    }
    const split = open(document('<Content><![CDATA[a]]]]><![CDATA[>b]]></Content><MsgId>1</MsgId>', 'text'))
    expect(split).toMatchObject({ content: 'a]]>b' })
  })

  it('is not trimmed and not coerced', () => {
    for (const content of ['  a\n', '0012', '1e5', 'true', '4294967294', '\u0008 \u202e😀']) {
      expect(message('text', { Content: content })).toMatchObject({ content })
    }
  })
})
