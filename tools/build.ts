import { execFileSync } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildWidget } from '../packages/widget/build.ts'

/** Compiles what is published: JavaScript and declarations into each package's dist. Development needs none of it. */
const root = fileURLToPath(new URL('..', import.meta.url))
/** The server last: its declarations read the others'. */
const packages = ['wechat', 'simulator', 'client', 'widget', 'server']

for (const name of packages) {
  const folder = `${root}packages/${name}`
  const config = `${folder}/tsconfig.build.json`
  // The widget's bundles are replaced in place: a playground that runs beside serves them.
  if (name !== 'widget') rmSync(`${folder}/dist`, { recursive: true, force: true })
  writeFileSync(config, JSON.stringify(buildConfig(name)))
  try {
    execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', config], { stdio: 'inherit' })
  } finally {
    rmSync(config)
  }
  if (name === 'server') {
    const assets = (path: string) => !path.endsWith('.ts')
    cpSync(`${folder}/pages`, `${folder}/dist/pages`, { recursive: true, filter: assets })
    cpSync(`${folder}/playground`, `${folder}/dist/playground`, { recursive: true })
  }
  cpSync(`${root}LICENSE`, `${folder}/LICENSE`)
  process.stdout.write(`${name}: dist\n`)
}
for (const { file, gzip } of await buildWidget()) process.stdout.write(`widget: ${file}, ${gzip} bytes gzip\n`)

function buildConfig(name: string) {
  const pages = name === 'server' ? ['pages/*.ts'] : []
  return {
    extends: '../../tsconfig.json',
    compilerOptions: {
      noEmit: false,
      declaration: true,
      customConditions: [],
      outDir: 'dist',
      rootDir: name === 'server' ? '.' : 'src',
      emitDeclarationOnly: name === 'widget',
    },
    include: ['src', ...pages],
    exclude: ['**/*.test.ts'],
  }
}
