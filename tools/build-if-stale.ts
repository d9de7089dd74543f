import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWidget } from '../packages/widget/build.ts'

/** What runs from source needs no build; the widget is a bundle for browsers, made anew when its sources are newer. */
const widget = fileURLToPath(new URL('../packages/widget/', import.meta.url))
const bundle = join(widget, 'dist', 'hufu-scan.js')

function newestSource(): number {
  const files = readdirSync(join(widget, 'src'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const paths = [...files.map((entry) => join(entry.parentPath, entry.name)), join(widget, 'build.ts')]
  return Math.max(...paths.map((path) => statSync(path).mtimeMs))
}

if (!existsSync(bundle) || statSync(bundle).mtimeMs < newestSource()) {
  const [built] = await buildWidget()
  process.stdout.write(`Built the widget: ${built?.gzip} bytes gzip.\n`)
}
