import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const places = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** A Chromium of this machine. Without one the tests fail: a page that nobody has seen in a browser is untested. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
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

function findChromium(): string {
  const named = process.env.HUFU_CHROMIUM
  if (named && !existsSync(named)) throw new Error(`HUFU_CHROMIUM names ${named}, and there is nothing.`)
  const found = named || [...places, chromium.executablePath()].find((place) => existsSync(place))
  if (found) return found
  throw new Error(
    'No Chromium found. Install one (Debian: apt-get install chromium; elsewhere: npx playwright-core install chromium), or name it in HUFU_CHROMIUM.',
  )
}
