import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Plugin, transform } from 'esbuild'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Names of our own objects that no page, server or browser ever sees. Names of the wire, the DOM or a message must not be here. */
const inner =
  `away begin box card change clockOffset element digits enterCode event fetch finishUrl fraction giveUp late link
  over passes path pause render restart retry run seconds stage stop tell throttled tick url wake`.split(/\s+/)

/** The style sheet is a string, which a JavaScript minifier leaves as it is. */
const minifiedStyles: Plugin = {
  name: 'minified-styles',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/]styles\.ts$/ }, async () => {
      const { css } = await import('./src/styles.ts')
      const { code } = await transform(css, { loader: 'css', minify: true, target })
      return { contents: `export const css = ${JSON.stringify(code.trim())}` }
    })
  },
}

/** What the desktop browsers usual in China and WeChat's own are at least; nothing is lowered for older ones. */
const target = ['chrome94', 'firefox93', 'safari15.4']

interface BuiltFile {
  readonly file: string
  readonly bytes: number
  readonly gzip: number
}

/** Bundles `hufu-scan.js` for script tags and `index.js` for bundlers into a folder, and measures them. */
export async function buildWidget(outdir: string = here('dist')): Promise<BuiltFile[]> {
  const built: BuiltFile[] = []
  for (const [name, format] of [
    ['hufu-scan', 'iife'],
    ['index', 'esm'],
  ] as const) {
    await build({
      entryPoints: { [name]: here('src/index.ts') },
      outdir,
      format,
      bundle: true,
      minify: true,
      charset: 'utf8',
      target,
      legalComments: 'none',
      mangleProps: new RegExp(`^(${inner.join('|')})$`),
      plugins: [minifiedStyles],
    })
    const content = await readFile(join(outdir, `${name}.js`))
    built.push({ file: `${name}.js`, bytes: content.length, gzip: gzipSync(content, { level: 9 }).length })
  }
  return built
}

if (import.meta.main) {
  for (const { file, bytes, gzip } of await buildWidget())
    process.stdout.write(`${file}  ${bytes} bytes, ${gzip} bytes gzip\n`)
}
