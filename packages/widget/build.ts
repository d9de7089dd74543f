import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Style sheets are written as template strings, which the minifier leaves as they are. */
const _oneLineStyles: Plugin = {
  name: 'one-line-styles',
  setup({ onLoad }) {
    onLoad({ filter: /src\/styles\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(/\n(?=[^`]*`(?:[^`]*`[^`]*`)*[^`]*$)/g, ''),
      loader: 'ts',
    }))
  },
}

export interface BuiltFile {
  readonly file: string
  readonly bytes: number
  readonly gzip: number
}

/** Bundles `hufu-scan.js` for script tags and `index.js` for bundlers into a folder, and measures them. */
export async function buildWidget(outdir = here('dist')): Promise<BuiltFile[]> {
  const built: BuiltFile[] = []
  for (const [name, format] of [
    ['hufu-scan', 'iife'],
    ['index', 'esm'],
  ] as const) {
    const { outputFiles } = await build({
      entryPoints: { [name]: here('src/index.ts') },
      outdir,
      format,
      bundle: true,
      minify: true,
      charset: 'utf8',
      // Private members and :is() as they are; WeChat's and the usual Chinese desktop browsers are newer than this.
      target: ['chrome84', 'firefox90', 'safari15'],
      legalComments: 'none',
      write: true,
      metafile: false,
      plugins: [],
    }).then(async () => ({ outputFiles: [await readFile(join(outdir, `${name}.js`))] }))
    const [content] = outputFiles
    if (!content) throw new Error(`${name}.js was not built`)
    built.push({ file: `${name}.js`, bytes: content.length, gzip: gzipSync(content, { level: 9 }).length })
  }
  return built
}

if (import.meta.main) {
  for (const { file, bytes, gzip } of await buildWidget())
    process.stdout.write(`${file}  ${bytes} bytes, ${gzip} bytes gzip\n`)
}
