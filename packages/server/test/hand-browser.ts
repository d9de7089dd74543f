import type { Harness, Page } from './harness.ts'

/** A browser of our own, which can do what a phone's would not: cookies are kept, redirects are not followed. */
export function handBrowser(always: Record<string, string> = {}) {
  const jar = new Map<string, string>()
  return {
    jar,
    async go(url: string, init: RequestInit = {}): Promise<Response & { html: string }> {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(url, {
        redirect: 'manual',
        ...init,
        headers: { cookie, ...always, ...init.headers },
      })
      for (const line of response.headers.getSetCookie()) {
        const [name = '', value = ''] = line.slice(0, line.indexOf(';')).split('=')
        jar.set(name, value)
      }
      return Object.assign(response, { html: await response.text() })
    },
  }
}

/** Begins OAuth by hand. @returns where WeChat is to send the person back, with the state it carries */
export async function begin(link: string, browser = handBrowser()) {
  const response = await browser.go(link)
  const authorize = new URL(response.headers.get('location') ?? '')
  return {
    browser,
    state: authorize.searchParams.get('state') ?? '',
    back: authorize.searchParams.get('redirect_uri') ?? '',
    authorize,
  }
}

/** A code for that person: the simulator's authorise page, asked from their phone, ends at an address of nobody's. */
export async function codeFor(
  world: Pick<Harness, 'base' | 'sim'>,
  person: string,
  authorize: URL,
  grant?: boolean,
): Promise<string> {
  const nowhere = new URL(authorize)
  nowhere.searchParams.set('redirect_uri', `${world.base}/healthz`)
  nowhere.hash = '#wechat_redirect'
  const page: Page = await world.sim('POST', `/people/${person}/open`, {
    url: nowhere.href,
    ...(grant !== undefined && { grant }),
  })
  return new URL(page.url).searchParams.get('code') ?? ''
}
