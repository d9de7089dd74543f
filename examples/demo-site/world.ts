import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../packages/server/src/config.ts'
import { startWorld } from '../../packages/server/src/playground/world.ts'
import { demoUser } from './src/users.ts'
import { Visitor } from './visitor.ts'

interface StartedFlow {
  id: string
  secret: string
  hufu: string
  qr: { content: string }
}

interface HeardFlow {
  state: string
  completion_code: string
}

interface PhonePage {
  status: number
  title: string
  text: string
  url: string
  forms: { action: string }[]
  outputs: Record<string, string>
}

export type DemoWorld = Awaited<ReturnType<typeof startDemoWorld>>

/** Hufu, a simulated WeChat and the site, with the moves of a visitor who holds a phone. */
export async function startDemoWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-demo-'))
  const world = await startWorld(
    loadConfig({
      HUFU_PORT: '0',
      HUFU_SIMULATOR_PORT: '0',
      HUFU_DEMO_PORT: '0',
      HUFU_DATA_DIR: join(folder, 'data'),
      HUFU_SECRET_KEY_FILE: join(folder, 'key'),
      HUFU_LOG_LEVEL: 'silent',
    }),
  )
  const { base_url, simulator_url, demo_url, api_key, account } = world.demo

  async function json<T>(url: string, method: string, body: object | undefined, headers: object): Promise<T> {
    const content = body && { 'content-type': 'application/json' }
    const response = await fetch(url, {
      method,
      headers: { ...content, ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
    return response.status === 204 ? (undefined as T) : ((await response.json()) as T)
  }

  let seconds = 0
  const sim = <T>(method: string, path: string, body?: object) =>
    json<T>(`${simulator_url}/_sim${path}`, method, body, {})

  return {
    url: demo_url,
    visitor: () => new Visitor(demo_url),
    /** As the site's backend, or as its operator's script. */
    api: <T>(method: string, path: string, body?: object) =>
      json<T>(base_url + path, method, body, { authorization: `Bearer ${api_key}` }),
    async newPerson(): Promise<string> {
      return (await sim<{ id: string }>('POST', '/people', { name: 'somebody' })).id
    },
    /** What the widget does first. */
    async start(
      visitor: Visitor,
      kind: 'login' | 'link' | 'email' | 'delete',
      body: object = {},
    ): Promise<StartedFlow> {
      const answer = await visitor.post(`/wechat/${kind}/start`, body)
      if (answer.status !== 200) throw new Error(`start refused: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body as unknown as StartedFlow
    },
    /** The person scans, follows, opens the link in the chat and confirms. @returns the page then on the phone */
    async confirm(person: string, flow: StartedFlow): Promise<PhonePage> {
      const { content } = flow.qr
      const { outcome } = await sim<{ outcome: string }>('POST', `/people/${person}/scan`, { content })
      if (outcome === 'follow_prompt')
        await sim('POST', `/people/${person}/follow`, { account: account.appid, content })
      const chat = await sim<{ links: { url: string }[] }[]>('GET', `/people/${person}/chat?account=${account.appid}`)
      await sim('POST', `/people/${person}/open`, { url: chat.at(-1)?.links[0]?.url })
      return sim('POST', `/people/${person}/submit`, { button: { name: 'decision', value: 'confirm' } })
    },
    /** Follows (anew), and gets the welcome's link into the shop. */
    async linkFromChat(person: string): Promise<string> {
      // Two of a person's events in one second are one to WeChat.
      seconds += 2
      await sim('POST', '/clock', { offset_ms: seconds * 1000 })
      await sim('POST', `/people/${person}/unfollow`, { account: account.appid })
      await sim('POST', `/people/${person}/follow`, { account: account.appid })
      const chat = await sim<{ links: { url: string }[] }[]>('GET', `/people/${person}/chat?account=${account.appid}`)
      return chat.at(-1)?.links[0]?.url ?? ''
    },
    /** On the phone, in WeChat's own browser. */
    open: (person: string, url: string) => sim<PhonePage>('POST', `/people/${person}/open`, { url }),
    /** A form of the page that is open there. */
    press: (person: string, form: object) => sim<PhonePage>('POST', `/people/${person}/submit`, form),
    /** The browser asks Hufu itself. */
    look: (flow: StartedFlow) =>
      json<HeardFlow>(`${flow.hufu}/v1/flows/${flow.id}`, 'GET', undefined, { authorization: `Bearer ${flow.secret}` }),
    /** As Hufu's retention does when a flow has long been over. */
    forget: (flow: StartedFlow) =>
      world.app.store.write((tx) => tx.deleteFrom('flows').where('id', '=', flow.id).execute()),
    enterCode: (flow: StartedFlow, code: string | undefined) =>
      json<HeardFlow>(
        `${flow.hufu}/v1/flows/${flow.id}/code`,
        'POST',
        { code },
        { authorization: `Bearer ${flow.secret}` },
      ),
    async close(): Promise<void> {
      await world.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** From the QR code to the site's answer. */
export async function logInWithWechat(world: DemoWorld, visitor: Visitor, person: string): Promise<unknown> {
  const flow = await world.start(visitor, 'login')
  await world.confirm(person, flow)
  const { completion_code } = await world.look(flow)
  const { body } = await visitor.post('/wechat/login/finish', { completion_code })
  await visitor.open(String(body.redirect))
  return body.redirect
}

export async function linkWechat(world: DemoWorld, visitor: Visitor, person: string): Promise<unknown> {
  const flow = await world.start(visitor, 'link')
  const page = await world.confirm(person, flow)
  const { completion_code } = await world.enterCode(flow, page.outputs.code)
  const { body } = await visitor.post('/wechat/link/finish', { completion_code })
  await visitor.open(String(body.redirect))
  return body.redirect
}

export async function demoUserLoggedIn(world: DemoWorld): Promise<Visitor> {
  const visitor = world.visitor()
  await visitor.open('/login')
  await visitor.submit('/login', { email: demoUser.email, password: demoUser.password })
  return visitor
}
