import type { Arrival } from './arriving.ts'
import type { Ground, Kind, Place, Policy, Stage } from './staging.ts'

/** What an arrival comes to for the person who makes it. */
export type Result =
  | 'a new user'
  | 'the user they are'
  | 'the person they are, new to this site'
  | 'nobody until the site registers them'
  | 'nobody until they register here'
  | 'wechat_already_bound'
  | 'user_already_bound'

export interface Person {
  id: string
  phone: string
  openids: Record<string, string>
}

/** Where somebody stands, and what they may have been before. */
export interface Past {
  stage: Stage
  ground: Ground
  site: Place
  person: Person
  /** Makes them a user: of this site and by this account, unless said otherwise. @returns the site's id of the user */
  enter(how?: { wanted?: string; site?: Place; appid?: string; person?: Person }): Promise<string>
}

export interface Traveller {
  name: string
  /** Of the site they arrive at. */
  policy: Policy
  /** About who registers, which is the same on every account whose people confirm alike. */
  aboutPolicy?: true
  /** They followed when they became what they are, and left since. */
  returns?: true
  /** Known by the company's other account. */
  byUnion?: true
  /** @returns what they are to the site now, and the site's id of the user to link them with */
  become(past: Past): Promise<{ userId?: string; wanted?: string }>
  result(kind: Kind, arrival: Arrival): Result
}

let count = 0
export const newId = () => `member-${count++}`

/** WeChat tells the unionid of followers only: whoever opens a page without following is recognised by nothing but their openid. */
const isRecognised = (kind: Kind, arrival: Arrival) =>
  kind.tellsUnionid && (arrival.follows || arrival.makesFollow === true)

const always = (result: Result) => () => result
const ifRecognised = (known: Result, unknown: Result) => (kind: Kind, arrival: Arrival) =>
  isRecognised(kind, arrival) ? known : unknown

async function enterElsewhere({ enter, ground }: Past): Promise<object> {
  await enter({ site: ground.elsewhere })
  return {}
}

const logsIn: Traveller[] = [
  { name: 'unknown', policy: 'auto', become: async () => ({}), result: always('a new user') },
  {
    name: 'unknown, the site registers',
    policy: 'site',
    aboutPolicy: true,
    become: async () => ({}),
    result: always('nobody until the site registers them'),
  },
  {
    name: 'unknown, Hufu registers',
    policy: 'phone',
    aboutPolicy: true,
    become: async () => ({}),
    result: always('nobody until they register here'),
  },
  {
    name: 'known here',
    policy: 'auto',
    become: async ({ enter }) => ({ userId: await enter() }),
    result: always('the user they are'),
  },
  {
    name: 'linked here, the site registers',
    policy: 'site',
    become: async ({ enter }) => ({ userId: await enter({ wanted: newId() }) }),
    result: always('the user they are'),
  },
  {
    name: 'linked here, Hufu registers',
    policy: 'phone',
    aboutPolicy: true,
    become: async ({ enter }) => ({ userId: await enter({ wanted: newId() }) }),
    result: always('the user they are'),
  },
  {
    name: 'known to another site only',
    policy: 'auto',
    become: enterElsewhere,
    result: always('the person they are, new to this site'),
  },
  {
    name: 'known to another site only, the site registers',
    policy: 'site',
    aboutPolicy: true,
    become: enterElsewhere,
    result: always('nobody until the site registers them'),
  },
  {
    name: 'known to another site only, Hufu registers',
    policy: 'phone',
    aboutPolicy: true,
    become: enterElsewhere,
    result: always('nobody until they register here'),
  },
  {
    name: 'linked here, left since',
    policy: 'site',
    returns: true,
    become: async ({ enter }) => ({ userId: await enter({ wanted: newId() }) }),
    result: always('the user they are'),
  },
  {
    name: 'known by the unionid',
    policy: 'auto',
    byUnion: true,
    become: async ({ enter, stage }) => ({ userId: await enter({ appid: stage.companion }) }),
    result: ifRecognised('the user they are', 'a new user'),
  },
  {
    name: 'known by the unionid, Hufu registers',
    policy: 'phone',
    aboutPolicy: true,
    byUnion: true,
    become: async ({ enter, stage }) => ({ userId: await enter({ appid: stage.companion, wanted: newId() }) }),
    result: ifRecognised('the user they are', 'nobody until they register here'),
  },
]

const links: Traveller[] = [
  {
    name: 'unknown, links',
    policy: 'site',
    become: async () => ({ wanted: newId() }),
    result: always('a new user'),
  },
  {
    name: 'known here, links',
    policy: 'auto',
    become: async ({ enter }) => ({ userId: await enter(), wanted: newId() }),
    result: always('the user they are'),
  },
  {
    name: 'known to another site only, links',
    policy: 'auto',
    become: async (past) => ({ ...(await enterElsewhere(past)), wanted: newId() }),
    result: always('the person they are, new to this site'),
  },
  {
    name: 'linked here, links again',
    policy: 'site',
    become: async ({ enter }) => {
      const wanted = newId()
      return { userId: await enter({ wanted }), wanted }
    },
    result: always('the user they are'),
  },
  {
    name: 'linked here, left since, links again',
    policy: 'site',
    returns: true,
    become: async ({ enter }) => {
      const wanted = newId()
      return { userId: await enter({ wanted }), wanted }
    },
    result: always('the user they are'),
  },
  {
    name: 'linked to another user of the site',
    policy: 'site',
    become: async ({ enter }) => ({ userId: await enter({ wanted: newId() }), wanted: newId() }),
    result: always('wechat_already_bound'),
  },
  {
    name: 'as a user who has another WeChat',
    policy: 'site',
    become: async ({ enter, stage }) => {
      const wanted = newId()
      await enter({ wanted, person: await stage.newPerson() })
      return { wanted }
    },
    result: always('user_already_bound'),
  },
  {
    name: 'known by the unionid, links',
    policy: 'auto',
    byUnion: true,
    become: async ({ enter, stage }) => ({ userId: await enter({ appid: stage.companion }), wanted: newId() }),
    result: ifRecognised('the user they are', 'a new user'),
  },
  {
    name: 'linked by the unionid, links again',
    policy: 'site',
    byUnion: true,
    become: async ({ enter, stage }) => {
      const wanted = newId()
      return { userId: await enter({ appid: stage.companion, wanted }), wanted }
    },
    // The site names the user; nothing else has to recognise them.
    result: always('the user they are'),
  },
  {
    name: 'linked by the unionid to another user of the site',
    policy: 'site',
    byUnion: true,
    become: async ({ enter, stage }) => ({
      userId: await enter({ appid: stage.companion, wanted: newId() }),
      wanted: newId(),
    }),
    result: ifRecognised('wechat_already_bound', 'a new user'),
  },
  {
    name: 'known by the unionid, as a user who has another WeChat of that account',
    policy: 'site',
    byUnion: true,
    become: async ({ enter, stage }) => {
      const [appid, wanted] = [stage.companion, newId()]
      const userId = await enter({ appid, wanted, person: await stage.newPerson() })
      await enter({ appid })
      return { userId, wanted }
    },
    result: ifRecognised('user_already_bound', 'the user they are'),
  },
]

export const travellers: Traveller[] = [...logsIn, ...links]
