import { type Answer, call } from './calls.ts'
import type { World } from './world.ts'

/** One person with a phone, by the simulator's remote control. */
export interface Phone {
  /** The person as the database knows them. */
  readonly index: string
  /** Scans, and follows where WeChat asks for that first. @returns the link that the chat then has, if any: to this flow and no other */
  scan(content: string): Promise<string | undefined>
  /** Opens the link and presses the button. */
  confirm(link: string): Promise<Answer>
  unfollow(): Promise<void>
}

export async function buyPhone(world: World, name: string): Promise<Phone> {
  const control = (method: string, path: string, body?: object) =>
    call(method, `${world.simulator.url}/_sim${path}`, body && { body })
  const { body: person } = await control('POST', '/people', { name })
  const { people, accounts } = world.simulator.world
  const openid = people.openid(accounts.get(world.appid), people.get(person.id))
  const links = async (): Promise<string[]> => {
    const { body: chat } = await control('GET', `/people/${person.id}/chat?account=${world.appid}`)
    return chat.flatMap((entry: { links?: { url: string }[] }) => (entry.links ?? []).map(({ url }) => url))
  }
  return {
    index: world.indexOf(openid),
    async scan(content) {
      const before = (await links()).length
      const { body: scanned } = await control('POST', `/people/${person.id}/scan`, { content })
      if (scanned.outcome === 'follow_prompt')
        await control('POST', `/people/${person.id}/follow`, { account: world.appid, content })
      return (await links()).slice(before).findLast((url) => url.includes('/confirm/'))
    },
    async confirm(link) {
      const opened = await control('POST', `/people/${person.id}/open`, { url: link })
      if (opened.body.status !== 200 || opened.body.forms.length === 0) {
        const { status, title, code } = opened.body
        return { status: 500, body: { code: `open ${opened.status} ${status} ${title} ${code}` } }
      }
      const button = { name: 'decision', value: 'confirm' }
      const done = await control('POST', `/people/${person.id}/submit`, { button })
      // 0: the phone got no answer.
      return { status: done.body.status || 500, body: done.body }
    },
    async unfollow() {
      await control('POST', `/people/${person.id}/unfollow`, { account: world.appid })
    },
  }
}
