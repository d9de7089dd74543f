import type { LibraryTitle, WechatClient } from '@hufu/wechat'

/** As many as WeChat tells at once. */
const perPage = 30
/** The library has thousands; WeChat counts every question. */
const mostPages = 100

/** WeChat knows no search: page after page of the account's categories is looked through. */
export async function searchLibrary(
  client: Pick<WechatClient, 'subscribeCategories' | 'subscribeTitles'>,
  word: string,
): Promise<LibraryTitle[]> {
  const categoryIds = (await client.subscribeCategories()).map(({ id }) => id)
  const found: LibraryTitle[] = []
  if (categoryIds.length === 0) return found
  for (let page = 0; page < mostPages; page++) {
    const start = page * perPage
    const { count, titles } = await client.subscribeTitles({ categoryIds, start, limit: perPage })
    found.push(...titles.filter(({ title }) => title.toLowerCase().includes(word.toLowerCase())))
    if (titles.length === 0 || start + titles.length >= count) break
  }
  return found
}
