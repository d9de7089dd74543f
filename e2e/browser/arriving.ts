import { expect, vi } from 'vitest'
import type { Person } from '../world.ts'
import type { Phone } from './phone.ts'
import type { Site } from './site.ts'
import type { Stage } from './stage.ts'

/** Scans what the site shows and says yes; whoever does not follow yet follows first. */
export async function scanAndConfirm(site: Site, phone: Phone): Promise<void> {
  await phone.scan(await site.code())
  const follow = phone.page.getByTestId('follow')
  await follow.or(phone.page.getByTestId('log')).first().waitFor()
  if (await follow.isVisible()) await phone.follow()
  await site.shows('scanned')
  await phone.openLink()
  await phone.press('confirm')
}

/** The next message that this person was sent, once it is there. */
export async function messageTo(stage: Stage, person: Person, by: 'email' | 'phone'): Promise<string> {
  return vi.waitFor(
    async () => {
      const text = await stage.world.message(person, by)
      if (text === undefined) throw new Error(`${person.name} got no message by ${by}`)
      return text
    },
    { timeout: 10_000, interval: 50 },
  )
}

export async function codeTo(stage: Stage, person: Person, by: 'email' | 'phone'): Promise<string> {
  const code = /\b\d{6}\b/.exec(await messageTo(stage, person, by))?.[0]
  expect(code).toBeDefined()
  return code ?? ''
}

export const another = (code: string): string => (code === '000000' ? '111111' : '000000')

/** At the person's own page inside WeChat: their WeChat is theirs no longer. On the way to what a story is about, so without a look at it. */
export async function removeWechat({ world }: Stage, { person }: Phone): Promise<void> {
  const browser = `/people/${person.id}`
  const me = await world.sim('POST', `${browser}/open`, { url: `${world.hufuUrl}/me` })
  const link = me.links.find(({ url }: { url: string }) => url.includes('do=unlink'))
  await world.sim('POST', `${browser}/open`, { url: link.url })
  const { status } = await world.sim('POST', `${browser}/submit`, { button: { name: 'do', value: 'unlink' } })
  expect(status).toBe(200)
}
