import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Plugin, transform } from 'esbuild'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Names of our own objects that no page, server or browser ever sees. Names of the wire, the DOM or a message must not be here. */
const inner =
  `answer away begin box card change clockOffset element digits enterCode event fetch finishUrl fraction giveUp late link
  over passes path pause render restart retry run seconds stage stop tell throttled tick unknown url wake`.split(/\s+/)

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

/**
 * A script of another origin has no address to import relative to (HTML, “create a classic script”: its base is about:blank), but hears its own
 * while it first runs. As a module it has one, and hears none.
 */
const besideTheScript: Plugin = {
  name: 'beside-the-script',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/]form\.ts$/ }, () => ({
      contents: `const at = document.currentScript?.src
export const loadForm = () => import(at ? new URL('register.js', at) : './register.js')`,
    }))
  },
}

/** The registration form stays beside the bundles. */
const apart: Plugin = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/register\.[jt]s$/ }, () => ({ path: './register.js', external: true }))
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
  for (const name of ['hufu-scan', 'index', 'register']) {
    // A script that is none of modules keeps its names to itself. Made from a module, for esbuild would bring a `require` along with each import.
    const isScript = name === 'hufu-scan'
    const source = isScript
      ? { stdin: { contents: "import './index.ts'", resolveDir: here('src'), loader: 'ts' as const } }
      : { entryPoints: { [name]: here(`src/${name}.ts`) } }
    await build({
      ...source,
      ...(isScript
        ? { outfile: join(outdir, `${name}.js`), banner: { js: '(()=>{' }, footer: { js: '})()' } }
        : { outdir }),
      format: 'esm',
      bundle: true,
      minify: true,
      charset: 'utf8',
      target,
      legalComments: 'none',
      // What the form and the element say to each other keeps its names.
      ...(name !== 'register' && { mangleProps: new RegExp(`^(${inner.join('|')})$`) }),
      plugins: [minifiedStyles, apart, ...(isScript ? [besideTheScript] : [])],
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
