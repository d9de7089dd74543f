import type { Generated } from 'kysely'

export interface EventTables {
  events: {
    seq: Generated<number>
    app_id: string | null
    type: string
    data: string
    /** The user it is about, as the app knows them: found again when that user is forgotten. */
    subject: string | null
    created_at: number
  }
}
