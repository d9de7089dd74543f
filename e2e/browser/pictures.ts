import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

/** With HUFU_PICTURES=folder, what a page looks like, in the light and in the dark; at phone width, too, where it is none of a phone already. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.HUFU_PICTURES
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  const size = page.viewportSize() ?? { width: 1100, height: 860 }
  for (const width of new Set([size.width, 390])) {
    await page.setViewportSize({ width, height: size.height })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.screenshot({
        path: join(folder, `${name}-${width}-${colorScheme}.png`),
        fullPage: true,
        animations: 'disabled',
      })
    }
  }
  await page.setViewportSize(size)
}

/** With HUFU_PICTURES=docs/images, the picture of the README. */
export async function showcase(page: Page, name: string): Promise<void> {
  const folder = process.env.HUFU_PICTURES
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.emulateMedia({ colorScheme: 'light' })
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' })
}
