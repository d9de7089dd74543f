import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Secret } from './secret.ts'

/** Reads the installation's key (32 bytes, base64url), or makes it on the first start, readable by its owner alone. */
export function readKeyFile(path: string): Secret {
  try {
    return parseKey(readFileSync(path, 'utf8'), path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const key = randomBytes(32).toString('base64url')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' })
  return new Secret(key)
}

export function parseKey(text: string, source: string): Secret {
  const key = text.trim()
  if (Buffer.from(key, 'base64url').length !== 32) {
    throw new Error(`${source} does not hold a Hufu key: 32 bytes as base64url (43 characters) are expected.`)
  }
  return new Secret(key)
}
