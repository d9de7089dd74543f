import {
  type Industry,
  type LibraryKeyword,
  type LibraryTitle,
  parseTemplateFields,
  type TemplateField,
  WechatError,
} from '@hufu/wechat'
import { type Account, type Accounts, askWechat } from '../accounts/accounts.ts'
import { DomainError } from '../errors.ts'
import type { Job } from '../outbox/outbox.ts'
import type { Clock } from '../store/clock.ts'
import { type Db, isConstraintViolation, type Store, type Tx } from '../store/store.ts'
import { type CodeTemplates, createCodeTemplates } from './codes.ts'
import { searchLibrary } from './library.ts'
import { complete, type Fillable, type Flaw, lint, preview, warn } from './linting.ts'
import {
  changeTemplate,
  endTemplatesBefore,
  findTemplate,
  freeName,
  listTemplates,
  putTemplate,
  type TemplateRow,
} from './queries.ts'

export { type CodeValues, timeOf } from './codes.ts'
export type { Flaw } from './linting.ts'

/** A template of an account's own, as WeChat last told, and as it can be filled in. */
export interface Template extends Fillable {
  appid: string
  templateId: string
  kind: 'template' | 'subscription'
  title: string
  example: string
  /** Of a subscription template: a permission is good for one notice. */
  isOneTime: boolean
  /** What the sites call it, on every account alike. */
  name: string | undefined
  fields: readonly TemplateField[]
  /** Of the one that codes go by: what stands in its fields. */
  codeFields: Readonly<Record<string, string>> | undefined
}

export interface Templates extends CodeTemplates {
  /** What stands here; `sync` asks WeChat. */
  list(appid?: string): Promise<Template[]>
  /** By WeChat's id or the sites' name. @throws not_found */
  get(appid: string, template: string): Promise<Template>
  find(db: Db | Tx, appid: string, template: string): Promise<Template | undefined>
  /** Asks WeChat for the account's templates. @returns how many there are */
  sync(appid: string): Promise<number>
  /** Job: all accounts. One that does not answer does not hold up the others. */
  syncAll(job: Pick<Job, 'signal'>): Promise<void>
  /** From the public library; `keywords` as its template needs them: names, or numbers for subscription templates. @returns its id */
  add(appid: string, wanted: Wanted): Promise<string>
  remove(appid: string, template: string): Promise<void>
  /** `name` null: only its id from now on. */
  change(appid: string, template: string, change: { name?: string | null; checksWords?: boolean }): Promise<void>
  /** Subscription templates of the public library, in the account's categories, whose titles have this word. */
  search(appid: string, word: string): Promise<readonly LibraryTitle[]>
  /** Of a subscription template in the public library. */
  keywords(appid: string, libraryId: string): Promise<readonly LibraryKeyword[]>
  industry(appid: string): Promise<Industry>
  /** Once a month; WeChat deletes the templates of the former ones. */
  setIndustry(appid: string, industries: { primary: number; secondary: number }): Promise<void>
  lint(template: Fillable, data: Readonly<Record<string, string>>): Flaw[]
  /** What WeChat may refuse in these values, or show in part. */
  warn(template: Fillable, data: Readonly<Record<string, string>>): Flaw[]
  /** As WeChat wants it, with the fields that it shows to nobody. */
  complete(template: Fillable, data: Readonly<Record<string, string>>): Record<string, string>
  /** What the phone shows, line by line. */
  preview(template: Fillable, data: Readonly<Record<string, string>>): string[]
}

export type Wanted =
  | { kind: 'template'; libraryId: string; keywords?: string[] }
  | { kind: 'subscription'; libraryId: string; keywords: number[]; scene: string }

/** The call, or the account's kind, has no such right. */
const notGiven = [48001, 200100]
const nameFormat = /^[a-z][a-z0-9_]{0,63}$/

export function createTemplates(deps: {
  store: Store
  clock: Clock
  accounts: Accounts
  log: { error(details: object, message: string): void }
}): Templates {
  const { store, clock, accounts } = deps

  function able(appid: string): Account {
    const account = accounts.get(appid)
    if (account.capabilities.templateMessages) return account
    throw new DomainError(
      'account_capability_missing',
      'WeChat gives templates to verified service accounts and test accounts.',
    )
  }

  async function get(appid: string, template: string): Promise<Template> {
    accounts.get(appid)
    const row = await findTemplate(store.db, appid, template)
    if (!row)
      throw new DomainError('not_found', `Account ${appid} has no template ${template}. Try: hufu template sync`)
    return templateOf(row)
  }

  /** Test accounts have no subscription notices. */
  async function read({ client, kind }: Account): Promise<Told[]> {
    const own = (await client.templateList()).map(({ templateId, title, content, example }): Told => {
      return { kind: 'template', template_id: templateId, title, content, example, enum_values: '{}', is_one_time: 0 }
    })
    if (kind === 'test') return own
    const notices = await client.subscribeTemplates().catch((error) => {
      // An account that was not given subscription notices has none; that is no failure. Whatever else is wrong says nothing of what it has.
      if (error instanceof WechatError && notGiven.includes(error.errcode)) return []
      throw error
    })
    return [
      ...own,
      ...notices.map(({ templateId, title, content, example, type, values }): Told => {
        const listed = { enum_values: JSON.stringify(values), is_one_time: type === 'one_time' ? 1 : 0 }
        return { kind: 'subscription', template_id: templateId, title, content, example, ...listed }
      }),
    ]
  }

  async function sync(appid: string): Promise<number> {
    const account = able(appid)
    const told = await askWechat(appid, () => read(account))
    await store.write(async (tx) => {
      const now = clock.now()
      for (const row of told) await putTemplate(tx, { appid, ...row, synced_at: now })
      for (const kind of ['template', 'subscription'] as const)
        await endTemplatesBefore(tx, { appid, kind, syncedAt: now, now })
    })
    return told.length
  }

  return {
    ...createCodeTemplates({ store, get, templateOf }),
    get,
    sync,
    lint,
    warn,
    complete,
    preview,
    list: async (appid) => (await listTemplates(store.db, appid)).map(templateOf),
    async find(db, appid, template) {
      const row = await findTemplate(db, appid, template)
      return row && templateOf(row)
    },
    async syncAll({ signal }) {
      for (const { appid, capabilities } of accounts.list()) {
        if (signal.aborted) return
        if (!capabilities.templateMessages) continue
        await sync(appid).catch((error) => deps.log.error({ err: error, appid }, 'the templates could not be read'))
      }
    },
    async add(appid, wanted) {
      const { client } = able(appid)
      const { libraryId } = wanted
      const id = await askWechat(appid, () =>
        wanted.kind === 'subscription'
          ? client.subscribeAdd({ tid: libraryId, keywords: wanted.keywords, scene: wanted.scene })
          : client.templateAdd({ shortId: libraryId, ...(wanted.keywords && { keywords: wanted.keywords }) }),
      )
      await sync(appid)
      return id
    },
    async remove(appid, template) {
      const { client } = able(appid)
      const { kind, templateId } = await get(appid, template)
      await askWechat(appid, () =>
        kind === 'subscription' ? client.subscribeDelete(templateId) : client.templateDelete(templateId),
      )
      await sync(appid)
    },
    search: (appid, word) => askWechat(appid, () => searchLibrary(able(appid).client, word)),
    keywords: (appid, libraryId) => askWechat(appid, () => able(appid).client.subscribeKeywords(libraryId)),
    industry: (appid) => askWechat(appid, () => able(appid).client.industryGet()),
    async setIndustry(appid, industries) {
      await askWechat(appid, () => able(appid).client.industrySet(industries))
      await sync(appid)
    },
    async change(appid, template, { name, checksWords }) {
      const { templateId } = await get(appid, template)
      if (name != null && !nameFormat.test(name)) {
        const message = 'A name is 1 to 64 small letters, digits and _, and begins with a letter.'
        throw new DomainError('invalid_value', { detail: message, errors: [{ path: 'name', message }] })
      }
      const change = {
        ...(name !== undefined && { name }),
        ...(checksWords !== undefined && { checks_words: checksWords ? 1 : 0 }),
      }
      try {
        await store.write(async (tx) => {
          if (name != null) await freeName(tx, { appid, name })
          await changeTemplate(tx, { appid, templateId }, change)
        })
      } catch (error) {
        if (!isConstraintViolation(error)) throw error
        throw new DomainError('invalid_value', `Another template of ${appid} is called ${name}.`)
      }
    },
  }
}

type Told = Omit<TemplateRow, 'appid' | 'name' | 'checks_words' | 'code_fields' | 'synced_at' | 'gone_at'>

function templateOf(row: TemplateRow): Template {
  return {
    appid: row.appid,
    templateId: row.template_id,
    kind: row.kind,
    title: row.title,
    content: row.content,
    example: row.example,
    isOneTime: row.is_one_time === 1,
    name: row.name ?? undefined,
    checksWords: row.checks_words === 1,
    codeFields: row.code_fields === null ? undefined : JSON.parse(row.code_fields),
    fields: parseTemplateFields(row.content, JSON.parse(row.enum_values)),
  }
}
