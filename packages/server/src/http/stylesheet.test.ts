import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

describe('the stylesheet', () => {
  const css = readFileSync(new URL('../../pages/hosted.css', import.meta.url), 'utf8')
  const palettes = css.split('@media (prefers-color-scheme: dark)').slice(0, 2)
  const [light, dark] = palettes.map(
    (part) =>
      new Map(Array.from(part.matchAll(/(--[\w-]+): (#[0-9a-f]{6});/g), ([, key = '', color = '']) => [key, color])),
  )
  const texts = [
    ['--ink', '--card'],
    ['--soft', '--card'],
    ['--soft', '--ground'],
    ['--accent', '--card'],
    ['--accent', '--digits'],
    ['--error', '--card'],
    ['--confirm-ink', '--confirm'],
    ['--decline-ink', '--decline'],
    ['--warn-ink', '--warn-ground'],
  ] as const

  it.each(texts)('%s on %s has the contrast of WCAG AA in light and dark', (ink, ground) => {
    for (const palette of [light, new Map([...(light ?? []), ...(dark ?? [])])])
      expect(contrast(palette?.get(ink) ?? '', palette?.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5)
  })

  it('gives Decline the size and weight of Confirm: only its colour is its own', () => {
    const rules = Array.from(css.matchAll(/button\[value="(\w+)"\] \{([^}]*)\}/g), ([, value, body = '']) => [
      value,
      Array.from(body.matchAll(/([\w-]+):/g), ([, property]) => property),
    ])
    expect(rules).toEqual([['decline', ['background', 'color']]])
  })

  it('loads nothing, and the templates hold every file it needs', () => {
    expect(css).not.toMatch(/url\(|@import|@font-face/)
    expect(readdirSync(new URL('../../pages/', import.meta.url))).toContain('layout.eta')
  })
})

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(color.slice(start, start + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
