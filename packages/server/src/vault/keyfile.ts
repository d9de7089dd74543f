import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Secret } from './secret.ts'

/** The installation's key is missing, or is not the one that the database was made with. The message says what to do. */
export class KeyProblem extends Error {
  override name = 'KeyProblem'
}

/** Reads the installation's key (32 bytes, base64url), or makes it when the database is new, readable by its owner alone. */
export function readKeyFile(path: string, options: { create: boolean }): Secret {
  try {
    return parseKey(readFileSync(path, 'utf8'), path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  if (!options.create) {
    throw new KeyProblem(
      `The key file ${path} is not there, but the database needs it. Put it back from where you keep it, or name it with HUFU_SECRET_KEY_FILE.`,
    )
  }
  const key = randomBytes(32).toString('base64url')
  mkdirSync(dirname(path), { recursive: true })
  // Whole and on disk before the database is sealed with it: a power cut must not leave one without the other.
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`
  const file = openSync(draft, 'wx', 0o600)
  writeFileSync(file, `${key}\n`)
  fsyncSync(file)
  closeSync(file)
  linkSync(draft, path)
  unlinkSync(draft)
  return new Secret(key)
}

function parseKey(text: string, source: string): Secret {
  const key = text.trim()
  if (Buffer.from(key, 'base64url').length !== 32) {
    throw new KeyProblem(`${source} does not hold a Hufu key: 32 bytes as base64url (43 characters) are expected.`)
  }
  return new Secret(key)
}
