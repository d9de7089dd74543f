import type { Harness } from './harness.ts'

export const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0'

export type Pc = ReturnType<typeof openPc>

/** A browser on a PC that runs no scripts: it keeps cookies, and follows no redirect by itself. */
export function openPc(world: Harness) {
  const jar = new Map<string, string>()
  async function go(path: string, form?: Record<string, string>, headers: Record<string, string> = {}) {
    const response = await fetch(world.base + path, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        'user-agent': firefox,
        'accept-language': 'en',
        ...(form && { 'content-type': 'application/x-www-form-urlencoded', origin: world.base }),
        ...headers,
      },
      ...(form && { body: new URLSearchParams(form).toString() }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.slice(0, line.indexOf(';')).split('=')
      if (/Max-Age=0|Expires=Thu, 01 Jan 1970/.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    const html = await response.text()
    return { status: response.status, to: response.headers.get('location'), html }
  }
  return {
    jar,
    go,
    /** The form token of a page of ours. */
    token: async (path = '/me') => /name="form_token" value="([^"]+)"/.exec((await go(path)).html)?.[1] ?? '',
    /** The flow that its login page has begun. */
    flow: () => world.app.flows.find((jar.get('hufu_login') ?? '').split('.')[0] ?? ''),
  }
}

/** Scans what /login shows, confirms, and types the six digits. */
export async function logIn(world: Harness, person: string, query = '', pc = openPc(world)) {
  await pc.go(`/login/plain${query}`, { do: 'begin' })
  await world.scan(person, (await pc.flow())?.qr_content ?? '')
  const { outputs } = await world.decide(person, 'confirm')
  const end = await pc.go(`/login/plain${query}`, { do: 'next', code: outputs.code ?? '' })
  return { pc, end, code: outputs.code }
}
