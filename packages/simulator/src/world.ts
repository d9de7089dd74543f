import { type Accounts, createAccounts } from './accounts.ts'
import { type Actions, createActions } from './actions.ts'
import { type Browsers, createBrowsers } from './browser/browsers.ts'
import { type Chat, createChat } from './chat.ts'
import { type Clock, createClock } from './clock.ts'
import { type Codes, createCodes } from './codes.ts'
import { createDeduplication, type Deduplication } from './deduplication.ts'
import { createFaults, type Faults } from './faults.ts'
import { createHttpClient } from './http.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createMailbox, type Mailbox } from './mailbox.ts'
import { createMenus, type Menus } from './menus.ts'
import { createGrants, type Grants } from './oauth/grants.ts'
import { createOneTime, type OneTime } from './one-time.ts'
import { createPeople, type People } from './people.ts'
import { createPushes, type Pushes, type PushOptions } from './pushes/engine.ts'
import { createQuotas, type Quotas } from './quotas.ts'
import { createReceipts, type Receipts } from './receipts.ts'
import { createStream, type Stream } from './stream.ts'
import { createSubscriptions, type Subscriptions } from './subscriptions.ts'
import { createTemplates, type Templates } from './templates/templates.ts'
import { createTexts, type Texts } from './texts.ts'
import { createTokens, type Tokens } from './tokens.ts'
import { createWindows, type Windows } from './windows.ts'

/** Everything the simulated platform knows. */
export type World = {
  clock: Clock
  stream: Stream
  accounts: Accounts
  people: People
  codes: Codes
  chat: Chat
  menus: Menus
  windows: Windows
  tokens: Tokens
  quotas: Quotas
  grants: Grants
  pushes: Pushes
  actions: Actions
  templates: Templates
  subscriptions: Subscriptions
  oneTime: OneTime
  receipts: Receipts
  deduplication: Deduplication
  browsers: Browsers
  faults: Faults
  ledger: Ledger
  texts: Texts
  mailbox: Mailbox
  /** Where it listens; known once it does. */
  url: string
  reset(): void
  close(): Promise<void>
}

export function createWorld(options: PushOptions): World {
  const clock = createClock()
  const stream = createStream()
  const accounts = createAccounts({ stream })
  const people = createPeople({ clock, stream, accounts })
  const codes = createCodes({ clock, stream, accounts })
  const chat = createChat({ clock, stream })
  const menus = createMenus({ stream })
  const windows = createWindows({ clock })
  const tokens = createTokens({ clock })
  const quotas = createQuotas({ clock })
  const grants = createGrants({ clock })
  const http = createHttpClient()
  const pushes = createPushes({ ...options, clock, http, chat, stream })
  const actions = createActions({ clock, accounts, people, codes, chat, windows, pushes })
  const templates = createTemplates({ clock })
  const subscriptions = createSubscriptions({ clock, stream, people, templates, pushes })
  const oneTime = createOneTime()
  const receipts = createReceipts({ clock, pushes })
  const deduplication = createDeduplication({ clock })
  const browsers = createBrowsers({ http, stream, ownUrl: () => world.url })
  const faults = createFaults()
  const ledger = createLedger()
  const texts = createTexts({ clock, stream })
  const mailbox = createMailbox({ clock, stream })
  const ofPlatform = [accounts, people, codes, chat, menus, windows, tokens, quotas, grants, pushes, browsers, faults]
  const reaching = [templates, subscriptions, oneTime, receipts, deduplication]
  const forgetful = [...ofPlatform, ...reaching, ledger, texts, mailbox]
  const world: World = {
    clock,
    stream,
    accounts,
    people,
    codes,
    chat,
    menus,
    windows,
    tokens,
    quotas,
    grants,
    pushes,
    actions,
    templates,
    subscriptions,
    oneTime,
    receipts,
    deduplication,
    browsers,
    faults,
    ledger,
    texts,
    mailbox,
    url: '',
    reset() {
      for (const part of forgetful) part.clear()
      clock.shift(0)
      stream.publish({ kind: 'reset' })
    },
    async close() {
      receipts.close()
      pushes.close()
      http.close()
      await mailbox.close()
    },
  }
  return world
}
