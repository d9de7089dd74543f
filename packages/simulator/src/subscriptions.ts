import type { Account } from './accounts.ts'
import type { Clock } from './clock.ts'
import type { People, Person } from './people.ts'
import * as documents from './pushes/documents.ts'
import type { Delivery, Pushes } from './pushes/engine.ts'
import { Refusal } from './refusals.ts'
import type { Stream } from './stream.ts'
import type { Template, Templates } from './templates/templates.ts'
import { writeXml, type XmlFields } from './xml.ts'

/** What a person allows one template. `left`: sends of a one-time template; a long-term one has none to use up. */
type Permission = { left: number; standing: boolean; off: boolean }

type PopupTemplate = Pick<Template, 'template_id' | 'title' | 'example' | 'type'>

/** The popup that a page asked for, over whatever the phone shows. */
export type Popup = { account: string; templates: PopupTemplate[] }

type Answer = { accept: boolean; scene: 1 | 2 }

/**
 * Who allowed which subscription notice (订阅通知) how often.
 * @see https://developers.weixin.qq.com/doc/service/guide/product/subscription_messages/intro.html
 */
export type Subscriptions = {
  /** A page of this person's phone asks; throws when the templates are not one account's. */
  ask(person: Person, templateIds: string[]): Popup
  popup(person: Person): Popup | undefined
  /** The answer to a popup. Accepts of a one-time template add up; a reject takes nothing away. */
  answer(person: Person, account: Account, templateIds: string[], answer: Answer): Delivery
  /** The switch in the account's settings: off takes every permission away. Only that is pushed. */
  set(person: Person, account: Account, templateIds: string[], on: boolean): Delivery | undefined
  permission(person: Person, template: Template): Readonly<Permission>
  /** One send; false when none is allowed. */
  take(person: Person, template: Template): boolean
  clear(): void
}

type Deps = { clock: Clock; stream: Stream; people: People; templates: Templates; pushes: Pushes }

export function createSubscriptions({ clock, stream, people, templates, pushes }: Deps): Subscriptions {
  const permissions = new Map<string, Permission>()
  const popups = new Map<string, Popup>()
  const NONE: Permission = { left: 0, standing: false, off: false }

  const key = (person: Person, template: Template) => `${person.id}|${template.template_id}`
  const permission = (person: Person, template: Template) => permissions.get(key(person, template)) ?? NONE

  function put(person: Person, template: Template, value: Permission): void {
    permissions.set(key(person, template), value)
    stream.publish({ kind: 'people', person: person.id })
  }

  function close(person: Person): void {
    if (popups.delete(person.id)) stream.publish({ kind: 'popup', person: person.id })
  }

  function required(account: Account, templateIds: string[]): Template[] {
    return templateIds.map((id) => {
      const template = templates.find(account, 'subscribe', id)
      if (template === undefined)
        throw new Refusal(404, 'unknown_template', `${account.name} has no subscription template ${id}`)
      return template
    })
  }

  function deliver(person: Person, account: Account, document: (envelope: documents.Envelope) => XmlFields): Delivery {
    const openid = people.openid(account, person)
    const fields = document({ account, openid, seconds: clock.seconds() })
    const event = documents.eventName(fields)
    return pushes.deliver({ account, person, openid, event, document: writeXml(fields) })
  }

  return {
    ask(person, templateIds) {
      const found = templateIds.map((id) => templates.findSubscribe(id))
      const [first] = found
      if (first === undefined || found.some((one) => one?.appid !== first.appid))
        throw new Refusal(404, 'unknown_template', 'these are not subscription templates of one account')
      const popup: Popup = {
        account: first.appid,
        templates: found.flatMap((one) => {
          if (one === undefined) return []
          const { template_id, title, example, type } = one.template
          return [{ template_id, title, example, type }]
        }),
      }
      popups.set(person.id, popup)
      stream.publish({ kind: 'popup', person: person.id })
      return popup
    },
    popup: (person) => popups.get(person.id),
    answer(person, account, templateIds, { accept, scene }) {
      for (const template of required(account, templateIds)) {
        const { left, standing } = permission(person, template)
        const isOneTime = template.type === 2
        if (accept)
          put(person, template, { left: isOneTime ? left + 1 : left, standing: standing || !isOneTime, off: false })
      }
      close(person)
      const answers = templateIds.map((templateId) => ({ templateId, accept }))
      return deliver(person, account, (envelope) => documents.subscribePopup(envelope, answers, scene))
    },
    set(person, account, templateIds, on) {
      for (const template of required(account, templateIds))
        put(person, template, on ? { ...permission(person, template), off: false } : { ...NONE, off: true })
      return on ? undefined : deliver(person, account, (envelope) => documents.subscribeChange(envelope, templateIds))
    },
    permission,
    take(person, template) {
      const found = permission(person, template)
      if (found.off || (!found.standing && found.left < 1)) return false
      if (!found.standing) put(person, template, { ...found, left: found.left - 1 })
      return true
    },
    clear() {
      permissions.clear()
      popups.clear()
    },
  }
}
