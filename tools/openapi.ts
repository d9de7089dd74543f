import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { typesOf } from '../packages/client/generate.ts'
import { createApp } from '../packages/server/src/app.ts'
import { loadConfig } from '../packages/server/src/config.ts'

/**
 * Writes docs/openapi.json from the server's routes, and the client's types from that. `--check` writes nothing and fails when
 * what is committed differs: the contract then changed without anybody saying so.
 */
const documentFile = new URL('../docs/openapi.json', import.meta.url)
const typesFile = new URL('../packages/client/src/openapi.ts', import.meta.url)

/** The document as the running server answers it. */
async function describe(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-openapi-'))
  try {
    const app = await createApp(
      loadConfig({
        HUFU_DATA_DIR: join(folder, 'data'),
        HUFU_SECRET_KEY_FILE: join(folder, 'key'),
        HUFU_LOG_LEVEL: 'silent',
      }),
    )
    await app.server.ready()
    const document = `${JSON.stringify(app.server.swagger(), null, 2)}\n`
    await app.close()
    return document
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @returns the text of both files as they should be */
async function generate(): Promise<Map<URL, string>> {
  const document = await describe()
  return new Map([
    [documentFile, document],
    [typesFile, await typesOf(document)],
  ])
}

/** @returns the files that differ from what the routes say */
export async function stale(): Promise<URL[]> {
  const files = await generate()
  return [...files].filter(([file, text]) => textOf(file) !== text).map(([file]) => file)
}

function textOf(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

async function main(check: boolean): Promise<void> {
  if (!check) {
    for (const [file, text] of await generate()) writeFileSync(file, text)
    return
  }
  const files = await stale()
  for (const file of files)
    console.error(`${file.pathname} is stale. Run: node --conditions=hufu-source tools/openapi.ts`)
  if (files.length > 0) process.exitCode = 1
}

if (import.meta.main) await main(process.argv.includes('--check'))
