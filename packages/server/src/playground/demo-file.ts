import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `demo.json`: all that a script needs to use the playground over plain HTTP. */
export interface DemoFile {
  base_url: string
  simulator_url: string
  demo_url: string
  console_url: string
  app_id: string
  api_key: string
  account: {
    appid: string
    original_id: string
    callback_url: string
    token: string
    encoding_aes_key: string
    mode: string
  }
}

export function readDemoFile(dataDir: string): DemoFile | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8'))
  } catch {
    return undefined
  }
}

export function writeDemoFile(dataDir: string, content: DemoFile): void {
  // Renamed into place: a start that is cut off leaves the former file whole.
  const file = join(dataDir, 'demo.json')
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
