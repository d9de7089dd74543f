/** What is wanted belongs to somebody else already: who reads what, and a move by choice with its undo, seen to the end. */
import { describe, expect, it } from 'vitest'
import type { Phone } from './phone.ts'
import { picture } from './picture.ts'
import type { Site } from './site.ts'
import { useStage } from './stage.ts'
import { link, logIn, logInElsewhere } from './walks.ts'

const stage = useStage()

/** The decisive sentences, spelled out: what a person reads must not change by accident. */
const said = {
  'zh-CN': {
    taken: '这个微信已绑定其他账号',
    takenText: '您的微信已绑定“示例商店”的另一个账号，所以这次没有绑定。什么都没有改变。',
    takenOnPage: '该微信已绑定其他账号',
    sides: '您的微信已绑定“示例商店”的另一个账号',
    occupied: '该账号已绑定其他微信',
    occupiedText: '绑定了另一个微信，所以这次没有绑定。什么都没有改变。',
    occupiedOnPage: '您已绑定其他微信',
    see: '查看并处理',
    ask: '请求转移',
    replace: '请求更换',
    place: '“示例商店”的这个账号已绑定另一个微信',
    asksForPlace: '另一个微信请求取代您在“示例商店”的绑定',
    waitsForSite: '您已请求转移，需要网站同意。',
    waitsForHolder: '您已请求更换。现在需要另一个微信同意',
    ready: '一切就绪。请在两天内到网站页面上重新绑定，并在那里输入六位数字。',
    moved: '已按请求变更。',
    undone: '变更已撤销，一切如前。',
    refused: '请求已被拒绝，什么都没有改变。',
    isMoved: '已经变更',
    isUndone: '已经撤销',
    isRefused: '已经拒绝',
    twins: '把两个账号合并',
    twoAccounts: '您在这里有两个账号',
    merge: '合并',
    impossible: '这里无法转移：牵涉的不止这一个账号。',
  },
  en: {
    taken: 'This WeChat is linked to another account',
    takenText:
      'Your WeChat is already linked to another account at 示例商店, so it was not linked now. Nothing was changed.',
    takenOnPage: 'Already linked elsewhere',
    sides: 'Your WeChat is linked to another account at 示例商店',
    occupied: 'This account is linked to another WeChat',
    occupiedText: 'so yours was not linked. Nothing was changed.',
    occupiedOnPage: 'You linked another WeChat',
    see: 'See what you can do',
    ask: 'Ask to move it',
    replace: 'Ask to replace it',
    place: 'The account at 示例商店 is linked to another WeChat',
    asksForPlace: 'Another WeChat asks to take your place at 示例商店',
    waitsForSite: 'You asked for the move. The site has to agree.',
    waitsForHolder: 'You asked for the move. Now the other WeChat has to allow it',
    ready: 'All is ready. Link again from the site’s page within two days and type the six digits there.',
    moved: 'Done as asked.',
    undone: 'The change was undone. All is as it was.',
    refused: 'This was refused. Nothing has been changed.',
    isMoved: 'It is changed',
    isUndone: 'It is undone',
    isRefused: 'It was refused',
    twins: 'Join your two accounts',
    twoAccounts: 'You have two accounts here',
    merge: 'Join them',
    impossible: 'This cannot be moved here: more depends on it than this one account.',
  },
}

/** Three or four people's screens, one after the other: a busy machine needs its time. */
const timeout = 180_000

describe.each(['zh-CN', 'en'] as const)('in %s', { timeout }, (language) => {
  const words = stage.words(language)
  const text = said[language]
  const pictureOf = (phone: Phone, name: string) => picture(phone.page, `conflict-${name}-${language}`)

  /** A button or link of the page inside, and what it leads to. */
  async function tap(phone: Phone, name: string, sentence: string): Promise<void> {
    const { inside } = phone
    await inside
      .getByRole('button', { name, exact: true })
      .or(inside.getByRole('link', { name, exact: true }))
      .click()
    await phone.inside.getByText(sentence).first().waitFor()
  }

  /** What the PC reads is its own failure, and nothing of who has what. */
  async function refusedOnPage(site: Site, title: string): Promise<void> {
    await site.shows('failed')
    await site.card.getByText(title).waitFor()
    expect(await site.card.textContent()).not.toMatch(/•|@|茶友|Tea friend/)
    await picture(site.page, `conflict-pc-${title.replaceAll(' ', '-')}-${language}`)
  }

  async function scanToLink(site: Site, phone: Phone): Promise<void> {
    await phone.scan(await site.code())
    await phone.openLink()
    await phone.press('confirm')
  }

  it('a WeChat of another account: refused, moved by choice when the site agrees, and back by one tap within the day', async () => {
    const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
    await logIn(site, phone)
    const former = await site.userName()
    await site.logOut()
    await site.logInWithPassword()
    const wanted = await site.userName()
    await site.openLink()
    await scanToLink(site, phone)
    await phone.reads(text.taken)
    await phone.inside.getByText(text.takenText).waitFor()
    await pictureOf(phone, 'taken')
    await refusedOnPage(site, text.takenOnPage)

    await tap(phone, text.see, text.sides)
    await phone.reads(text.sides)
    await phone.inside.getByText('de•••@ex•••.com').waitFor()
    await pictureOf(phone, 'sides')
    await tap(phone, text.ask, text.waitsForSite)
    await pictureOf(phone, 'asked')
    await stage.world.agreeToMove()
    await site.openLink()
    await link(site, phone)
    await site.page.getByText(words.notices.linked).waitFor()
    await site.logOut()
    await logIn(site, phone)
    expect(await site.userName()).toBe(wanted)
    await site.logOut()

    // Almost a day later.
    await stage.world.pass(23 * 3600)
    await phone.openChat()
    await phone.openSides()
    await phone.reads(text.isMoved)
    await phone.inside.getByText(text.moved).waitFor()
    await pictureOf(phone, 'moved')
    await phone.inside.locator('button[value=undo]').click()
    await phone.reads(text.isUndone)
    await phone.inside.getByText(text.undone).waitFor()
    await pictureOf(phone, 'undone')
    await logIn(site, phone)
    expect(await site.userName()).toBe(former)
  })

  /** An account whose WeChat is `old`, and whose page on another PC still shows a code, which `fresh` scans. */
  async function wantPlace(): Promise<{ site: Site; old: Phone; fresh: Phone; name: string }> {
    const [site, other, old, fresh] = await Promise.all([
      stage.site(language),
      stage.site(language),
      stage.phone({ language, follows: true }),
      stage.phone({ language, follows: true }),
    ])
    for (const one of [site, other]) {
      await one.logInWithPassword()
      await one.openLink()
    }
    await link(other, old)
    await other.page.getByText(words.notices.linked).waitFor()
    const name = await other.userName()
    await scanToLink(site, fresh)
    await fresh.reads(text.occupied)
    await fresh.inside.getByText(text.occupiedText).waitFor()
    await pictureOf(fresh, 'occupied')
    await refusedOnPage(site, text.occupiedOnPage)
    await tap(fresh, text.see, text.place)
    await fresh.reads(text.place)
    await pictureOf(fresh, 'place')
    await tap(fresh, text.replace, text.waitsForHolder)
    await pictureOf(fresh, 'place-asked')
    await old.openChat()
    await old.openSides()
    await old.reads(text.asksForPlace)
    await pictureOf(old, 'holder')
    return { site, old, fresh, name }
  }

  it('an account with another WeChat: replaced when that one allows it, which may take it back', async () => {
    const { site, old, fresh, name } = await wantPlace()
    await old.inside.locator('button[value=allow]').click()
    await old.inside.locator('button[value=allow]').waitFor({ state: 'detached' })
    await pictureOf(old, 'holder-allowed')
    await fresh.reload()
    await fresh.inside.getByText(text.ready).waitFor()
    await pictureOf(fresh, 'place-ready')
    await site.card.getByRole('button').first().click()
    await link(site, fresh)
    await site.page.getByText(words.notices.linked).waitFor()
    await site.logOut()
    await logIn(site, fresh)
    expect(await site.userName()).toBe(name)
    await site.logOut()

    await old.openChat()
    await old.openSides()
    await old.inside.getByText(text.moved).waitFor()
    await pictureOf(old, 'holder-moved')
    await old.inside.locator('button[value=undo]').click()
    await old.inside.getByText(text.undone).waitFor()
    await logIn(site, old)
    expect(await site.userName()).toBe(name)
    await site.logOut()
    await logIn(site, fresh)
    expect(await site.userName()).not.toBe(name)
  })

  it('an account with another WeChat that refuses: both phones say so, and it stays', async () => {
    const { site, old, fresh, name } = await wantPlace()
    await old.inside.locator('button[value=refuse]').click()
    await old.reads(text.isRefused)
    await old.inside.getByText(text.refused).waitFor()
    await pictureOf(old, 'refused')
    await site.card.getByRole('button').first().click()
    await scanToLink(site, fresh)
    await fresh.reads(text.occupied)
    await site.logOut()
    await logIn(site, old)
    expect(await site.userName()).toBe(name)
  })

  describe('two users who are one person', () => {
    /** WeChat tells no unionid while somebody comes in through the company's second account: they are new there. */
    async function becomeTwins(phone: Phone, comeIn: () => Promise<string>): Promise<string> {
      await stage.world.useSecondAccount()
      // WeChat has told the unionid of the first one, so that it is the second one's that finds both.
      await stage.world.pass(60)
      await stage.world.sim('POST', '/faults', { path: '/cgi-bin/user/info/batchget', kind: 'http_5xx' })
      const user = await comeIn()
      await stage.world.sim('DELETE', '/faults')
      // WeChat is asked again later and later, as often as it had failed.
      for (let round = 0; round < 3; round++) await stage.world.pass(600)
      await phone.page.getByTestId('close-page').click()
      return user
    }

    const elsewhere = (phone: Phone) => logInElsewhere(stage.world, phone, language)

    it('are offered to become one, by their own choice, and are two again within the day', async () => {
      const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
      await logIn(site, phone)
      const name = await site.userName()
      await site.logOut()
      const second = await becomeTwins(phone, () => elsewhere(phone))

      expect(await elsewhere(phone)).toBe(second)
      await pictureOf(phone, 'twins-offered')
      await tap(phone, text.twins, text.twoAccounts)
      await phone.reads(text.twoAccounts)
      await pictureOf(phone, 'twins')
      await tap(phone, text.merge, text.moved)
      await pictureOf(phone, 'twins-merged')
      const sides = await phone.page.getByTestId('page-url').getAttribute('title')
      await logIn(site, phone)
      expect(await site.userName()).toBe(name)
      await site.logOut()

      await stage.world.pass(23 * 3600)
      await phone.openChat()
      await phone.page.getByTestId('back').click()
      await phone.scanElsewhere(sides ?? '')
      await phone.inside.locator('button[value=undo]').click()
      await phone.inside.getByText(text.undone).waitFor()
      expect(await elsewhere(phone)).toBe(second)
      await logIn(site, phone)
      expect(await site.userName()).not.toBe(name)
    })

    it('that the site knows by two accounts of its own stay two, and the phone says why', async () => {
      const [site, phone] = await Promise.all([stage.site(language), stage.phone({ language })])
      await logIn(site, phone)
      const name = await site.userName()
      await site.logOut()
      const comeIn = async () => {
        await logIn(site, phone)
        const shown = await site.userName()
        await site.logOut()
        return shown
      }
      const second = await becomeTwins(phone, comeIn)
      expect(second).not.toBe(name)
      expect(await comeIn()).toBe(second)
      await tap(phone, text.twins, text.twoAccounts)
      await phone.inside.getByText(text.impossible).waitFor()
      expect(await phone.inside.locator('button').count()).toBe(0)
      await pictureOf(phone, 'twins-impossible')
    })
  })
})
