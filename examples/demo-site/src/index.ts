import { join } from 'node:path'
import { createHufu } from '@hufu/client'
import { createApprovals } from './approvals.ts'
import { createChallenges } from './challenges.ts'
import { openDatabase } from './database.ts'
import { createFeed } from './feed.ts'
import { createLinks } from './links.ts'
import { createNotices } from './notices.ts'
import { createOrders } from './orders.ts'
import { createPasswordLeaves } from './password-leaves.ts'
import { createPickups } from './pickups.ts'
import { createSessions } from './sessions.ts'
import { createSite } from './site.ts'
import { createUsers, seedDemoUser } from './users.ts'

export interface DemoSiteOptions {
  /** 0 takes a free one. */
  port: number
  /** Where Hufu is. */
  hufuUrl: string
  /** Folder of the site's own database. */
  dataDir: string
  /** WeChat’s id of the account’s template for one-time subscription messages, as its console shows it. */
  oneTimeTemplate: string
  /** A page that may show the site in a frame. */
  frameAncestor?: string
}

export interface DemoSite {
  /** `http://localhost:PORT` */
  url: string
  /** The key of the site's app in Hufu. Until it is given, everything works but WeChat. */
  useApiKey(key: string): void
  close(): Promise<void>
}

/** A tea shop with its own users and sessions. Everything it knows of WeChat, it asks Hufu. */
export async function startDemoSite(options: DemoSiteOptions): Promise<DemoSite> {
  const database = openDatabase(join(options.dataDir, 'demo-site.sqlite'))
  const users = createUsers(database)
  await seedDemoUser(users)
  const sessions = createSessions(database)
  const links = createLinks(users)
  const challenges = createChallenges(database)
  const feed = createFeed({ database, users, links, challenges })
  const parts = {
    users,
    sessions,
    links,
    challenges,
    approvals: createApprovals(database),
    orders: createOrders(database),
    notices: createNotices({ database, links, users }),
    pickups: createPickups({ links, template: options.oneTimeTemplate }),
    passwordLeaves: createPasswordLeaves(database),
  }
  const site = await createSite({ ...parts, ...options })
  const { port } = new URL(await site.listen({ host: '127.0.0.1', port: options.port }))
  return {
    url: `http://localhost:${port}`,
    useApiKey(apiKey) {
      const hufu = createHufu({ baseUrl: options.hufuUrl, apiKey })
      links.use(hufu)
      feed.follow(hufu)
    },
    async close() {
      await feed.close()
      await site.close()
      database.close()
    },
  }
}
