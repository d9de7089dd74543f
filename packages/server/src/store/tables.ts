import type { AccountTables } from './tables/accounts.ts'
import type { AppTables } from './tables/apps.ts'
import type { ChatTables } from './tables/chat.ts'
import type { CodeTables } from './tables/codes.ts'
import type { ConflictTables } from './tables/conflicts.ts'
import type { CredentialTables } from './tables/credentials.ts'
import type { EventTables } from './tables/events.ts'
import type { FlowTables } from './tables/flows.ts'
import type { FollowerTables } from './tables/followers.ts'
import type { MachineryTables } from './tables/machinery.ts'
import type { MessageTables } from './tables/messages.ts'
import type { NoticeTables } from './tables/notices.ts'
import type { UserTables } from './tables/users.ts'

export type * from './tables/accounts.ts'
export type * from './tables/apps.ts'
export type * from './tables/chat.ts'
export type * from './tables/codes.ts'
export type * from './tables/conflicts.ts'
export type * from './tables/credentials.ts'
export type * from './tables/events.ts'
export type * from './tables/flows.ts'
export type * from './tables/followers.ts'
export type * from './tables/machinery.ts'
export type * from './tables/messages.ts'
export type * from './tables/notices.ts'
export type * from './tables/users.ts'

/** Rows as they stand, in tables/ by what they are about; the constraints are in migrations/. One module owns each table. */
export interface Tables
  extends AccountTables,
    AppTables,
    UserTables,
    CredentialTables,
    FollowerTables,
    FlowTables,
    ConflictTables,
    ChatTables,
    MessageTables,
    NoticeTables,
    CodeTables,
    EventTables,
    MachineryTables {}
