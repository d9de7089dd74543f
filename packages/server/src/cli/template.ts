import { print, readOptions, table, UsageError, withInstallation } from './usage.ts'

const usage = `hufu template list [APPID]              the templates that messages can be sent by, as WeChat last told
hufu template sync APPID                ask WeChat for them again
hufu template show APPID TEMPLATE       its text and fields, and what each may say
hufu template search APPID [WORD]       subscription templates of the public library, in the account's categories
hufu template add APPID LIBRARY_ID      take one from the public library
    --keyword NAME …                    a template of a category needs its keywords, in order
    --subscription --scene TEXT         a subscription notice; its keywords are numbers: hufu template keywords
hufu template keywords APPID LIBRARY_ID keywords of a subscription template of the library
hufu template remove APPID TEMPLATE     WeChat forgets it
hufu template name APPID TEMPLATE NAME  what the sites call it: the same name on every account; "" for none
hufu template words APPID TEMPLATE check|allow  whether texts that sound like advertising are refused
hufu template code APPID TEMPLATE --field KEY=TEXT …  verification codes go by it; TEXT may have {code} {purpose} {site} {minutes} {time} {place}:
    --field character_string1={code} --field thing2={purpose} --field thing3={site} --field time4={time}
hufu template code APPID none           they go as texts, while WeChat lets one be sent
hufu template industry APPID [1…41 1…41]  the industries of the account; set once a month at most, and the templates of the former ones go`

export async function templateCommand([verb, ...args]: string[]): Promise<void> {
  const options = {
    keyword: { type: 'string', multiple: true },
    subscription: { type: 'boolean' },
    scene: { type: 'string' },
    field: { type: 'string', multiple: true },
  } as const
  const { positionals, values } = readOptions(args, options, usage)
  const [appid = '', template = '', third] = positionals
  const run = actions[verb ?? '']
  const [least, most] = counts[verb ?? ''] ?? [0, -1]
  if (!run || positionals.length < least || positionals.length > most) throw new UsageError(usage)
  await run({ appid, template, third, values })
}

interface Asked {
  appid: string
  template: string
  third: string | undefined
  values: {
    keyword?: string[] | undefined
    subscription?: boolean | undefined
    scene?: string | undefined
    field?: string[] | undefined
  }
}

const counts: Record<string, [least: number, most: number]> = {
  list: [0, 1],
  sync: [1, 1],
  show: [2, 2],
  search: [1, 2],
  add: [2, 2],
  keywords: [2, 2],
  remove: [2, 2],
  name: [3, 3],
  words: [3, 3],
  code: [2, 2],
  industry: [1, 3],
}

const actions: Record<string, (asked: Asked) => Promise<void>> = {
  list: ({ appid }) =>
    withInstallation(async ({ templates }) => {
      const rows = (await templates.list(appid || undefined)).map((row) => [
        row.appid,
        row.kind,
        row.name ?? '–',
        row.title,
        row.templateId,
      ])
      print(rows.length > 0 ? table([['ACCOUNT', 'KIND', 'NAME', 'TITLE', 'TEMPLATE'], ...rows]) : none)
    }),
  sync: ({ appid }) =>
    withInstallation(async ({ templates }) => {
      const count = await templates.sync(appid)
      print(count === 0 ? none : `${count} templates. hufu template list ${appid}`)
    }),
  show: ({ appid, template }) =>
    withInstallation(async ({ templates }) => {
      const { title, content, fields, codeFields } = await templates.get(appid, template)
      const rows = fields.map(({ key, type, label, values }) => [
        key,
        type,
        label,
        codeFields?.[key] ?? values?.join(', ') ?? '',
      ])
      print(`${title}\n\n${content}\n\n${table([['FIELD', 'TYPE', 'LABEL', 'VALUES'], ...rows])}`)
    }),
  search: ({ appid, template: word }) =>
    withInstallation(async ({ templates }) => {
      const rows = (await templates.search(appid, word)).map(({ tid, title, type }) => [
        tid,
        type === 'one_time' ? 'one time' : 'long term',
        title,
      ])
      print(rows.length > 0 ? table([['LIBRARY_ID', 'KIND', 'TITLE'], ...rows]) : noTitle)
    }),
  add: ({ appid, template: libraryId, values }) =>
    withInstallation(async ({ templates }) => {
      const keywords = values.keyword ?? []
      if (values.subscription && !values.scene) throw new UsageError('A subscription template needs --scene TEXT.')
      const wanted = values.subscription
        ? { kind: 'subscription' as const, libraryId, keywords: keywords.map(Number), scene: values.scene ?? '' }
        : { kind: 'template' as const, libraryId, ...(keywords.length > 0 && { keywords }) }
      print(`Added as ${await templates.add(appid, wanted)}.`)
    }),
  keywords: ({ appid, template: libraryId }) =>
    withInstallation(async ({ templates }) => {
      const rows = (await templates.keywords(appid, libraryId)).map((row) => [
        String(row.kid),
        row.rule,
        row.name,
        row.example,
      ])
      print(table([['NUMBER', 'TYPE', 'NAME', 'EXAMPLE'], ...rows]))
    }),
  remove: ({ appid, template }) =>
    withInstallation(async ({ templates }) => {
      await templates.remove(appid, template)
      print('Removed.')
    }),
  name: ({ appid, template, third }) =>
    withInstallation(async ({ templates }) => {
      await templates.change(appid, template, { name: third || null })
      print(third ? `Sites send it as “${third}”.` : 'It has no name any more.')
    }),
  words: ({ appid, template, third }) =>
    withInstallation(async ({ templates }) => {
      if (third !== 'check' && third !== 'allow') throw new UsageError(usage)
      await templates.change(appid, template, { checksWords: third === 'check' })
      print(
        third === 'check'
          ? 'Texts that sound like advertising are refused.'
          : 'Nothing is refused for its words; WeChat may do so.',
      )
    }),
  code: ({ appid, template, values }) =>
    withInstallation(async ({ templates }) => {
      if (template === 'none') {
        await templates.unsetCode(appid)
        return print('Codes go as texts, while WeChat lets one be sent.')
      }
      const fields = (values.field ?? []).map((one) => /^([A-Za-z]\w*)=(.+)$/s.exec(one)?.slice(1) ?? [])
      if (fields.length === 0 || fields.some((one) => one.length === 0)) throw new UsageError(usage)
      await templates.setCode(appid, template, Object.fromEntries(fields))
      print('Codes go by this template.')
    }),
  industry: ({ appid, template: primary, third: secondary }) =>
    withInstallation(async ({ templates }) => {
      if (primary !== '') {
        const industries = { primary: Number(primary), secondary: Number(secondary) }
        if (!Object.values(industries).every((number) => number >= 1 && number <= 41)) throw new UsageError(usage)
        await templates.setIndustry(appid, industries)
      }
      const { primary: first, secondary: second } = await templates.industry(appid)
      print(`${first || '–'}\n${second || '–'}`)
    }),
}

const none =
  'No templates. Take one from the library (hufu template add), or make one in WeChat’s console and run: hufu template sync'

const noTitle =
  'No title has that word. Only the categories of the account are looked through: choose them in WeChat’s console.'
