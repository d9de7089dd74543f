import { readFileSync, writeFileSync } from 'node:fs'
import { fields } from '../packages/server/src/config.ts'

/**
 * Writes docs/configuration.md from the list of settings in the server's config.ts. `--check` writes nothing and fails when what is
 * committed differs: a setting then came, went or changed its default without its documentation.
 */
export const configurationFile = new URL('../docs/configuration.md', import.meta.url)

const head = `# Configuration

<!-- Made by tools/configuration.ts from packages/server/src/config.ts. Do not edit: change the list there and run
     node --conditions=hufu-source tools/configuration.ts -->

Hufu reads its settings from the environment, and below it from a file \`.env\` in the working directory: what the environment sets wins. The
settings are read once, at the start. With none of them set, the playground starts. A value that cannot be, two that contradict each other, and
a name that begins with \`HUFU_\` and is not in this table (\`HUFU_CHROMIUM\` of the tests aside) stop the start with exit code 78; one message tells everything that is wrong.

| Setting | Default | Meaning |
|---|---|---|
`

const tail = `
\`NODE_ENV=production\` turns the playground off, and refuses to start with \`HUFU_PLAYGROUND=on\` or \`HUFU_SIMULATOR_URL\`. So does a real
account in the data: it never shares a process with a simulator. Both are exit code 78. A key file is made only together with a new database.

Limits are counted by each process for itself and are forgotten when it stops. Requests beyond a limit get 429 and \`Retry-After\`; see
[errors.md](errors.md).
`

/** @returns the text of docs/configuration.md as it should be */
export function generate(): string {
  const rows = fields.map(({ name, default: preset, description }) => {
    const shown = preset === '' ? '' : `\`${preset}\``
    return `| \`${name}\` | ${shown} | ${description.replaceAll('|', '\\|')} |\n`
  })
  return head + rows.join('') + tail
}

/** @returns the files that differ from what the list of settings says */
export function stale(): URL[] {
  try {
    return readFileSync(configurationFile, 'utf8') === generate() ? [] : [configurationFile]
  } catch {
    return [configurationFile]
  }
}

function main(check: boolean): void {
  if (!check) {
    writeFileSync(configurationFile, generate())
    return
  }
  for (const file of stale()) {
    console.error(`${file.pathname} is stale. Run: node --conditions=hufu-source tools/configuration.ts`)
    process.exitCode = 1
  }
}

if (import.meta.main) main(process.argv.includes('--check'))
