import { childrenOf, optional, textOf } from './elements.ts'
import { NOTICES } from './notices.ts'
import type {
  EventPush,
  PersonHead,
  PictureEvent,
  PushHead,
  ScanCodeEvent,
  ScanEvent,
  SubscribeEvent,
  TemplateSendJobFinishEvent,
  ViewEvent,
} from './push-types.ts'
import type { XmlElement } from './xml.ts'

type Elements = readonly XmlElement[]
type Read = (head: PushHead, elements: Elements) => EventPush

/** Reads a known event; wire names change to ours here. */
export function readEvent(head: PushHead, elements: Elements): EventPush | undefined {
  const event = textOf(elements, 'Event')
  // SCAN and subscribe are nearly everything that arrives; other spellings are a matter of documentation mood.
  const read = EVENTS.get(event) ?? EVENTS.get(event.toLowerCase())
  return read?.(head, elements)
}

/** `qrscene_` is put before the scene of a code by which somebody follows; a scene may itself begin with it. */
const SCENE_PREFIX = 'qrscene_'
const PAYMENT_PREFIX = 'last_trade_no_'

function readSubscribe(head: PushHead, elements: Elements): SubscribeEvent {
  const eventKey = textOf(elements, 'EventKey')
  const scene = eventKey.startsWith(SCENE_PREFIX) ? eventKey.slice(SCENE_PREFIX.length) : ''
  return {
    ...person(head),
    kind: 'subscribe',
    eventKey,
    ...(scene === '' ? undefined : { scene }),
    ...optional('ticket', elements, 'Ticket'),
    ...(eventKey.startsWith(PAYMENT_PREFIX) ? { lastTradeNo: eventKey.slice(PAYMENT_PREFIX.length) } : undefined),
  }
}

function readScan(head: PushHead, elements: Elements): ScanEvent {
  const eventKey = textOf(elements, 'EventKey')
  return {
    ...person(head),
    kind: 'scan',
    eventKey,
    ...(eventKey === '' ? undefined : { scene: eventKey }),
    ...optional('ticket', elements, 'Ticket'),
  }
}

function readTemplateSendJobFinish(head: PushHead, elements: Elements): TemplateSendJobFinishEvent {
  const status = textOf(elements, 'Status')
  return {
    ...person(head),
    kind: 'template_send_job_finish',
    msgId: textOf(elements, 'MsgID'),
    status,
    outcome: outcomeOf(status),
  }
}

/** The official examples disagree with each other about the space after the colon. */
function outcomeOf(status: string): TemplateSendJobFinishEvent['outcome'] {
  switch (status.toLowerCase().replace(/\s/g, '')) {
    case 'success':
      return 'success'
    case 'failed:userblock':
      return 'user_block'
    case 'failed:systemfailed':
      return 'system_failed'
    default:
      return 'failed'
  }
}

function person(head: PushHead): PersonHead {
  return { ...head, openid: head.fromUserName }
}

const EVENTS = new Map<string, Read>([
  ['SCAN', readScan],
  ['scan', readScan],
  ['subscribe', readSubscribe],
  [
    'unsubscribe',
    (head, elements) => ({ ...person(head), kind: 'unsubscribe', eventKey: textOf(elements, 'EventKey') }),
  ],
  [
    'location',
    (head, elements) => ({
      ...person(head),
      kind: 'location_event',
      latitude: textOf(elements, 'Latitude'),
      longitude: textOf(elements, 'Longitude'),
      precision: textOf(elements, 'Precision'),
    }),
  ],
  ['click', (head, elements) => ({ ...person(head), kind: 'click', eventKey: textOf(elements, 'EventKey') })],
  view('view'),
  view('view_miniprogram'),
  scanCode('scancode_push'),
  scanCode('scancode_waitmsg'),
  picture('pic_sysphoto'),
  picture('pic_photo_or_album'),
  picture('pic_weixin'),
  [
    'location_select',
    (head, elements) => {
      const location = childrenOf(elements, 'SendLocationInfo')
      return {
        ...person(head),
        kind: 'location_select',
        eventKey: textOf(elements, 'EventKey'),
        latitude: textOf(location, 'Location_X'),
        longitude: textOf(location, 'Location_Y'),
        scale: textOf(location, 'Scale'),
        label: textOf(location, 'Label'),
        poiname: textOf(location, 'Poiname'),
      }
    },
  ],
  ['templatesendjobfinish', readTemplateSendJobFinish],
  [
    'subscribe_msg_popup_event',
    (head, elements) => ({
      ...person(head),
      kind: 'subscribe_msg_popup',
      items: readList(elements, 'SubscribeMsgPopupEvent', (item) => ({
        templateId: textOf(item, 'TemplateId'),
        subscribeStatusString: textOf(item, 'SubscribeStatusString'),
        popupScene: textOf(item, 'PopupScene'),
      })),
    }),
  ],
  [
    'subscribe_msg_change_event',
    (head, elements) => ({
      ...person(head),
      kind: 'subscribe_msg_change',
      items: readList(elements, 'SubscribeMsgChangeEvent', (item) => ({
        templateId: textOf(item, 'TemplateId'),
        subscribeStatusString: textOf(item, 'SubscribeStatusString'),
      })),
    }),
  ],
  [
    'subscribe_msg_sent_event',
    (head, elements) => ({
      ...person(head),
      kind: 'subscribe_msg_sent',
      items: readList(elements, 'SubscribeMsgSentEvent', (item) => ({
        templateId: textOf(item, 'TemplateId'),
        msgId: textOf(item, 'MsgID'),
        errorCode: textOf(item, 'ErrorCode'),
        errorStatus: textOf(item, 'ErrorStatus'),
      })),
    }),
  ],
  ...NOTICES,
])

function readList<Item>(elements: Elements, container: string, read: (item: Elements) => Item): Item[] {
  return childrenOf(elements, container)
    .filter((child) => child.name === 'List')
    .map((child) => read(child.children ?? []))
}

function view(kind: ViewEvent['kind']): readonly [string, Read] {
  return [
    kind,
    (head, elements) => ({
      ...person(head),
      kind,
      eventKey: textOf(elements, 'EventKey'),
      ...optional('menuId', elements, 'MenuId'),
    }),
  ]
}

function scanCode(kind: ScanCodeEvent['kind']): readonly [string, Read] {
  return [
    kind,
    (head, elements) => {
      const code = childrenOf(elements, 'ScanCodeInfo')
      return {
        ...person(head),
        kind,
        eventKey: textOf(elements, 'EventKey'),
        scanType: textOf(code, 'ScanType'),
        scanResult: textOf(code, 'ScanResult'),
      }
    },
  ]
}

function picture(kind: PictureEvent['kind']): readonly [string, Read] {
  return [
    kind,
    (head, elements) => {
      const pictures = childrenOf(elements, 'SendPicsInfo')
      return {
        ...person(head),
        kind,
        eventKey: textOf(elements, 'EventKey'),
        count: textOf(pictures, 'Count'),
        picMd5Sums: childrenOf(pictures, 'PicList').map((item) => textOf(item.children ?? [], 'PicMd5Sum')),
      }
    },
  ]
}
