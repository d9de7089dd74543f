import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildWidget } from '../packages/widget/build.ts'

const folder = fileURLToPath(new URL('../packages/widget/', import.meta.url))

/** Builds the file that sites load, when it is missing or older than its sources. */
export async function ensureWidget(): Promise<void> {
  const sources = readdirSync(`${folder}src`).map((name) => `${folder}src/${name}`)
  const newest = Math.max(...[...sources, `${folder}build.ts`].map(changedAt))
  if (changedAt(`${folder}dist/hufu-scan.js`) >= newest) return
  // Other test files look at the same moment: each builds apart, and what is complete is moved into place.
  const apart = mkdtempSync(`${folder}.dist-`)
  await buildWidget(`${apart}/dist`)
  for (const name of readdirSync(`${apart}/dist`)) replace(`${apart}/dist/${name}`, name)
  rmSync(apart, { recursive: true })
}

function replace(file: string, name: string): void {
  mkdirSync(`${folder}dist`, { recursive: true })
  renameSync(file, `${folder}dist/${name}`)
}

function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
