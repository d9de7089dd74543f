import { readFileSync } from 'node:fs'
import { NetworkError, WechatError } from '@hufu/wechat'
import { print, readOptions, UsageError, withInstallation } from './usage.ts'

const usage = `hufu menu set APPID FILE     keep a draft: WeChat's own JSON, {"button": […]}
hufu menu show APPID         the draft, and when it was published
hufu menu publish APPID      give the draft to WeChat
hufu menu withdraw APPID     take the menu away from the phones; the draft stays
hufu menu get APPID          what WeChat has, as JSON: a file to begin with

  {"button": [{"name": "查询订单", "type": "click", "key": "ORDER"},
              {"name": "更多", "sub_button": [{"name": "商店", "type": "view", "url": "https://shop.example.com/"}]}]}

  Up to three buttons, each an act or up to five of its own. The name has 16 bytes at most, below 60.
  A key runs the rule of: hufu reply add APPID --click ORDER --text …`

export async function menuCommand([verb, ...args]: string[]): Promise<void> {
  const [appid, file, ...more] = readOptions(args, {}, usage).positionals
  if (!appid || more.length > 0 || (verb === 'set') !== (file !== undefined)) throw new UsageError(usage)
  switch (verb) {
    case 'set':
      return set(appid, file ?? '')
    case 'show':
      return withInstallation(async ({ menus }) => {
        const { draft, publishedAt } = await menus.get(appid)
        print(draft ? JSON.stringify(draft, null, 2) : 'No menu yet. hufu menu set --help')
        print(publishedAt === undefined ? '\nNot published.' : `\nPublished ${new Date(publishedAt).toISOString()}.`)
      })
    case 'publish':
      return withInstallation(async ({ menus }) => {
        await menus.publish(appid)
        print('Published. Phones show it within five minutes, or when they open the chat anew.')
      })
    case 'withdraw':
      return withInstallation(async ({ menus }) => {
        await menus.withdraw(appid)
        print('Phones have no menu any more. The draft stays: hufu menu publish')
      })
    case 'get':
      return get(appid)
    default:
      throw new UsageError(usage)
  }
}

async function set(appid: string, file: string): Promise<void> {
  const text = readFileSync(file, 'utf8')
  let menu: unknown
  try {
    menu = JSON.parse(text)
  } catch {
    throw new UsageError(`${file} is no JSON.\n\n${usage}`)
  }
  await withInstallation(async ({ menus }) => {
    await menus.save(appid, menu)
    print(`The draft is kept; phones see nothing of it yet: hufu menu publish ${appid}`)
  })
}

async function get(appid: string): Promise<void> {
  await withInstallation(async ({ accounts }) => {
    try {
      const menu = await accounts.get(appid).client.menuGet()
      print(menu === undefined ? 'WeChat has no menu made by API.' : JSON.stringify(menu, null, 2))
    } catch (error) {
      if (!(error instanceof WechatError) && !(error instanceof NetworkError)) throw error
      throw new UsageError(`WeChat does not tell: ${error.message}`)
    }
  })
}
