import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** A Chromium of this machine. Without one the tests fail: a widget nobody has seen in a browser is untested. */
export function launchChromium(): Promise<Browser> {
  const places = [
    '/usr/bin/chromium-headless-shell',
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ]
  const executablePath = process.env.HUFU_CHROMIUM || places.find((place) => existsSync(place))
  if (!executablePath) throw new Error('No Chromium found: install one, or name it in HUFU_CHROMIUM')
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}
