import { startDemoSite } from '@hufu/demo-site'
import { startSimulator } from '@hufu/simulator'
import { type App, createApp, type Overrides } from '../app.ts'
import type { Config } from '../config.ts'
import { type DemoFile, writeDemoFile } from './demo-file.ts'
import { playgroundRoutes } from './routes.ts'
import { demoWelcome, seedAccount, seedApp } from './seed.ts'
import { oneTimeTemplate, seedTemplates } from './templates.ts'

export interface World {
  app: App
  demo: DemoFile
  close(): Promise<void>
}

/** The whole world in one process: Hufu, a simulated WeChat and a demo site, for the playground and for tests. */
export async function startWorld(config: Config, overrides: Overrides = {}): Promise<World> {
  const simulator = config.simulatorUrl ? undefined : await startSimulator({ port: config.simulatorPort })
  const simulatorUrl = config.simulatorUrl ?? simulator?.url ?? ''
  const links = { simulatorUrl, demoUrl: '' }
  const app = await createApp(
    { ...config, simulatorUrl },
    { ...overrides, extend: (server) => playgroundRoutes(server, links) },
  )
  const baseUrl = await app.listen()
  const seeded = await seedAccount({
    accounts: app.accounts,
    simulatorUrl,
    baseUrl,
    dataDir: config.dataDir,
    welcome: demoWelcome,
  })
  await seedTemplates({ templates: app.templates, simulatorUrl, appid: seeded.account.appid })
  const site = await startDemoSite({
    port: config.demoPort,
    hufuUrl: baseUrl,
    dataDir: config.dataDir,
    oneTimeTemplate,
    frameAncestor: baseUrl,
  })
  const { app: demoApp, apiKey } = await seedApp({
    apps: app.apps,
    demoUrl: site.url,
    dataDir: config.dataDir,
    appid: seeded.account.appid,
  })
  site.useApiKey(apiKey)
  links.demoUrl = site.url
  const demo: DemoFile = {
    base_url: baseUrl,
    simulator_url: simulatorUrl,
    demo_url: site.url,
    console_url: `${baseUrl}/console`,
    app_id: demoApp.id,
    api_key: apiKey,
    account: {
      appid: seeded.account.appid,
      original_id: seeded.account.originalId,
      callback_url: `${baseUrl}/wechat/${seeded.account.callbackKey}`,
      token: seeded.token,
      encoding_aes_key: seeded.encodingAesKey,
      mode: seeded.account.mode,
    },
  }
  writeDemoFile(config.dataDir, demo)
  return {
    app,
    demo,
    async close() {
      await site.close()
      await app.close()
      await simulator?.close()
    },
  }
}
