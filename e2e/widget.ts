import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildWidget } from '../packages/widget/build.ts'

const folder = fileURLToPath(new URL('../packages/widget/', import.meta.url))

/** vitest's global setup would reach every test of the house; the pages that load the widget ask for it here. */
export async function ensureWidget(): Promise<void> {
  const sources = readdirSync(`${folder}src`).map((name) => `${folder}src/${name}`)
  const newest = Math.max(...[...sources, `${folder}build.ts`].map(changedAt))
  if (changedAt(`${folder}dist/hufu-scan.js`) < newest) await buildWidget()
}

function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
