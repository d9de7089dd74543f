import type { Account } from '../accounts.ts'
import { ApiError } from '../api/errors.ts'
import { type Clock, shanghaiMonth } from '../clock.ts'
import { base64url } from '../ids.ts'
import { type Field, readFields } from './fields.ts'
import type { Industries } from './industries.ts'

/** `template`: 模板消息. `subscribe`: 订阅通知, whose `type` is 2 (one-time) or 3 (long-term). */
export type TemplateKind = 'template' | 'subscribe'

export type Template = {
  template_id: string
  kind: TemplateKind
  title: string
  content: string
  example: string
  fields: Field[]
  type: 2 | 3
  /** Values of `enum…` and `const…` fields, by key. */
  enums: Record<string, string[]>
  /** Of old industry templates; empty for category templates. */
  primary_industry: string
  deputy_industry: string
}

export type NewTemplate = Pick<Template, 'kind' | 'title' | 'content'> & Partial<Omit<Template, 'fields'>>

/** Each account's own list of templates (我的模板), empty at first. */
export type Templates = {
  add(account: Account, template: NewTemplate): Template
  list(account: Account, kind: TemplateKind): Template[]
  find(account: Account, kind: TemplateKind, id: unknown): Template | undefined
  /** Whose subscription notice it is; ids are unique over all accounts. */
  findSubscribe(id: string): { appid: string; template: Template } | undefined
  remove(account: Account, template: Template): void
  industries(account: Account): Industries | undefined
  /** Once a month (43100); templates of an industry left behind go. */
  setIndustries(account: Account, industries: Industries): void
  clear(): void
}

export const MOST_TEMPLATES = 25

export function createTemplates({ clock }: { clock: Clock }): Templates {
  const lists = new Map<string, Map<string, Template>>()
  const industries = new Map<string, { chosen: Industries; month: string }>()

  const ofAccount = (account: Account) => [...(lists.get(account.appid)?.values() ?? [])]

  return {
    add(account, { kind, title, content, ...more }) {
      const template: Template = {
        template_id: base64url(43),
        example: '',
        type: 2,
        enums: {},
        primary_industry: '',
        deputy_industry: '',
        ...more,
        kind,
        title,
        content,
        fields: readFields(content),
      }
      const list = lists.get(account.appid) ?? new Map<string, Template>()
      lists.set(account.appid, list.set(template.template_id, template))
      return template
    },
    list: (account, kind) => ofAccount(account).filter((one) => one.kind === kind),
    find(account, kind, id) {
      const found = typeof id === 'string' ? lists.get(account.appid)?.get(id) : undefined
      return found?.kind === kind ? found : undefined
    },
    findSubscribe(id) {
      for (const [appid, list] of lists) {
        const template = list.get(id)
        if (template?.kind === 'subscribe') return { appid, template }
      }
      return undefined
    },
    remove(account, template) {
      lists.get(account.appid)?.delete(template.template_id)
    },
    industries: (account) => industries.get(account.appid)?.chosen,
    setIndustries(account, chosen) {
      const month = shanghaiMonth(clock.now())
      if (industries.get(account.appid)?.month === month) throw new ApiError(43100)
      industries.set(account.appid, { chosen, month })
      const kept = ['', chosen.primary.first_class, chosen.secondary.first_class]
      for (const template of ofAccount(account))
        if (!kept.includes(template.primary_industry)) lists.get(account.appid)?.delete(template.template_id)
    },
    clear() {
      lists.clear()
      industries.clear()
    },
  }
}
