import type { Locator } from 'playwright-core'
import { expect } from 'vitest'
import type { Language } from './words.ts'

/** What every page that people look at has: one heading, its language, and nothing that runs off a narrow screen. */
export async function expectWellMade(html: Locator, language: Language): Promise<void> {
  // The page may just be giving way to the next one: that one is looked at then.
  await expect
    .poll(
      () =>
        html.evaluate((root) => ({
          lang: root.getAttribute('lang'),
          headings: root.querySelectorAll('h1').length,
          overflow: root.scrollWidth - root.clientWidth,
        })),
      { timeout: 10_000 },
    )
    .toEqual({ lang: language, headings: 1, overflow: 0 })
}
