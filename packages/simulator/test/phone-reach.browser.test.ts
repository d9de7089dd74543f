/** Cards, the popup and the switches of the phone page, in a real Chromium. */
import { describe, expect, it } from 'vitest'
import { usePhone } from './phone-world.ts'
import { CONTENT, data, VALUES } from './reach.ts'

const phone = usePhone()

type Sender = { touser: string; template_id: string; send(path: string, body?: object): Promise<{ errcode: number }> }

/** A follower, a template, and the account's server that sends by it. */
async function sender(kind: 'template' | 'subscribe'): Promise<Sender & { id: string }> {
  const person = await phone.follower('Ada')
  const { appid, secret } = phone.account
  const wanted = { title: '预约成功通知', content: CONTENT, kind }
  const { template_id } = await phone.call<Sender>('POST', `/_sim/accounts/${appid}/templates`, wanted)
  const asked = { grant_type: 'client_credential', appid, secret }
  const { access_token } = await phone.call<{ access_token: string }>('POST', '/cgi-bin/stable_token', asked)
  const { openids } = await phone.call<{ openids: Record<string, string> }>('GET', `/_sim/people/${person.id}`)
  const touser = openids[appid] ?? ''
  const own = { touser, template_id, data: data(VALUES) }
  return {
    id: person.id,
    touser,
    template_id,
    send: (path, body = {}) =>
      phone.call('POST', `/cgi-bin/message/${path}?access_token=${encodeURIComponent(access_token)}`, {
        ...own,
        ...body,
      }),
  }
}

describe('a card', () => {
  it('shows a template message with its labels, and opens its page by the keyboard', async () => {
    const { id, send } = await sender('template')
    await send('template/send', { url: phone.site.link })
    await phone.open(`lang=zh-CN&person=${id}#/chat/${phone.account.appid}`)
    const card = phone.page.getByTestId('template')
    await card.getByRole('heading', { name: '预约成功通知' }).waitFor()
    expect(await card.locator('dt').allTextContents()).toEqual(['项目', '时间', '状态'])
    expect(await card.locator('dd').allTextContents()).toEqual(Object.values(VALUES))
    await phone.press('查看详情')
    await phone.page.getByTestId('page-url').getByText(new URL(phone.site.url).host).waitFor()
  })

  it('without a page has nothing to press, and fits light and dark', async () => {
    const { id, send } = await sender('template')
    await send('template/send')
    const colours: string[] = []
    for (const theme of ['light', 'dark']) {
      await phone.open(`lang=zh-CN&theme=${theme}&person=${id}#/chat/${phone.account.appid}`)
      const card = phone.page.getByTestId('template')
      await card.waitFor()
      expect(await card.getByRole('link').count()).toBe(0)
      colours.push(await card.evaluate((element) => getComputedStyle(element).backgroundColor))
    }
    expect(new Set(colours).size).toBe(2)
  })

  it('of a menu says the item that is chosen', async () => {
    const { id, send } = await sender('template')
    const msgmenu = { head_content: 'Happy?', list: [{ id: '1', content: 'Yes' }] }
    await send('custom/send', { msgtype: 'msgmenu', msgmenu })
    await phone.open(`lang=en&person=${id}#/chat/${phone.account.appid}`)
    await phone.page.getByRole('button', { name: 'Yes' }).click()
    await phone.page.getByTestId('said').getByText('Yes').waitFor()
  })
})

describe('the popup', () => {
  it('asks over the page that asked, and what is allowed may be sent once', async () => {
    const { id, template_id, send } = await sender('subscribe')
    phone.site.page = `<!doctype html><title>Ask</title><wx-open-subscribe template="${template_id}"><template>订阅提醒</template></wx-open-subscribe>`
    await phone.open(`lang=zh-CN&person=${id}#/chat/${phone.account.appid}`)
    await phone.page.getByRole('link', { name: 'open the page' }).click()
    await phone.page.frameLocator('iframe').getByRole('link', { name: '订阅提醒' }).click()
    const popup = phone.page.getByTestId('popup')
    await popup.getByText('预约成功通知').waitFor()
    await phone.press('允许')
    await popup.waitFor({ state: 'hidden' })
    expect([await send('subscribe/bizsend'), await send('subscribe/bizsend')]).toMatchObject([
      { errcode: 0 },
      { errcode: 43101 },
    ])
    await phone.page.getByRole('button', { name: '关闭网页' }).click()
    await phone.page.getByTestId('subscribe').getByText('洗牙').waitFor()
    expect(phone.site.pushes.map(({ event }) => event)).toContain('subscribe_msg_popup_event')
  })

  it('is rejected by Escape', async () => {
    const { id, template_id, send } = await sender('subscribe')
    await phone.open(`lang=en&person=${id}#/chat/${phone.account.appid}`)
    await phone.call('POST', `/_sim/people/${id}/popup`, { template_ids: [template_id] })
    const popup = phone.page.getByTestId('popup')
    await popup.getByRole('button', { name: 'Reject' }).waitFor()
    await phone.page.keyboard.press('Escape')
    await popup.waitFor({ state: 'hidden' })
    expect(await send('subscribe/bizsend')).toMatchObject({ errcode: 43101 })
  })
})

it('the account’s page refuses its messages and switches a notice off', async () => {
  const { id, template_id, send } = await sender('subscribe')
  const accepted = { account: phone.account.appid, template_ids: [template_id], accept: true }
  await phone.call('POST', `/_sim/people/${id}/subscription`, accepted)
  await phone.open(`lang=en&person=${id}#/account/${phone.account.appid}`)
  await phone.page.getByRole('switch', { name: '预约成功通知 1 more may come' }).click()
  await phone.page.getByRole('switch', { name: '预约成功通知 switched off' }).waitFor()
  await phone.page.getByRole('switch', { name: 'Receive messages' }).click()
  const refuses = () => phone.call<{ refuses: string[] }>('GET', `/_sim/people/${id}`)
  await expect.poll(refuses).toMatchObject({ refuses: [phone.account.appid] })
  expect(await send('subscribe/bizsend')).toMatchObject({ errcode: 43101 })
})
