import { type ExecFileSyncOptions, execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'

/** The first is the same browser without windows: a third of the processor time. */
const usual = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** A Chromium to test with: the system's, else Debian's package when we may install it, else Playwright's own download. Never none. */
export async function findChromium(): Promise<string> {
  const named = process.env.HUFU_CHROMIUM
  if (named) {
    accessSync(named, constants.X_OK)
    return named
  }
  return usual.find(existsSync) ?? installFromDebian() ?? (await downloadWithPlaywright())
}

function installFromDebian(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  process.stdout.write('Installing Chromium and a Chinese font from Debian …\n')
  const options: ExecFileSyncOptions = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }
  const install = (chromium: string) =>
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', chromium, 'fonts-noto-cjk'], options)
  execFileSync('apt-get', ['update'], options)
  try {
    install('chromium-headless-shell')
  } catch {
    install('chromium')
  }
  return usual.find(existsSync)
}

async function downloadWithPlaywright(): Promise<string> {
  process.stdout.write('Downloading Chromium with Playwright …\n')
  execFileSync('npx', ['playwright-core', 'install', 'chromium'], { stdio: 'inherit' })
  const { chromium } = await import('playwright-core')
  const path = chromium.executablePath()
  if (!existsSync(path)) throw new Error('No Chromium was found. Install one, or set HUFU_CHROMIUM to its path.')
  return path
}
