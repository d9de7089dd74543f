import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findNginx } from '../tools/nginx.ts'

export interface Nginx {
  close(): Promise<void>
}

/** deploy/nginx.conf as it is, but for names and ports. */
export function startNginx(port: number, nodes: number[]): Nginx {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-nginx-'))
  let site = readFileSync(new URL('../deploy/nginx.conf', import.meta.url), 'utf8').replace(
    'listen 80;',
    `listen 127.0.0.1:${port};`,
  )
  nodes.forEach((node, at) => {
    site = site.replaceAll(`hufu${at + 1}:8080`, `127.0.0.1:${node}`)
  })
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const main = `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; ${process.getuid?.() === 0 ? 'user root;' : ''}
    events { worker_connections 1024; } http { access_log off; ${paths.join(' ')} ${site} }`
  writeFileSync(join(folder, 'nginx.conf'), main)
  const nginx: ChildProcess = spawn(findNginx(), ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'inherit' })
  return {
    async close() {
      nginx.kill('SIGQUIT')
      await once(nginx, 'exit')
      rmSync(folder, { recursive: true })
    },
  }
}
