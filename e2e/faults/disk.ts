import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { startSimulator } from '@hufu/simulator'
import { freshSettings, startHufu } from '../process.ts'
import type { Demo } from '../story.ts'
import type { FamilyOptions, Report } from './trial.ts'

const fault = 'F06 disk full (SQLite on a 64 MiB tmpfs)'

/** The disk of the SQLite file is full for a while: pushes are told to come again, pages are served, and all heals by itself. */
export async function diskFull(options: FamilyOptions): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-disk-'))
  const disk = join(folder, 'data')
  mkdirSync(disk)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]).status !== 0) {
    rmSync(folder, { recursive: true })
    return { fault, figures: { run: 'no: mounting is not allowed here' }, violations: [] }
  }
  const simulator = await startSimulator({ port: 0 })
  const settings = { ...(await freshSettings(folder)), HUFU_SIMULATOR_URL: simulator.url, HUFU_LOG_LEVEL: 'silent' }
  const node = await startHufu(settings, folder).ready
  const violations: string[] = []
  const figures: Report['figures'] = {}
  try {
    const demo: Demo = JSON.parse(readFileSync(join(disk, 'demo.json'), 'utf8'))
    const acked: string[] = []
    async function push(): Promise<number | null | undefined> {
      const person = simulator.world.people.create('somebody')
      const response = await fetch(`${simulator.url}/_sim/push`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          account: demo.account.appid,
          person: person.id,
          event: { Event: 'subscribe', EventKey: '' },
        }),
      })
      const { pushes } = (await response.json()) as { pushes: { attempts: { status: number | null }[] }[] }
      const status = pushes[0]?.attempts.at(-1)?.status
      if (status === 200) acked.push(person.id)
      return status
    }
    const times = options.short ? 1 : options.long ? 10 : 3
    for (let time = 0; time < times; time++) {
      if ((await push()) !== 200) violations.push('a push was refused while there was room')
      const ballast = fill(join(disk, 'ballast'))
      // The log may have room left inside its file; soon it has none.
      let refused = 0
      for (let tries = 0; tries < 2_000 && refused === 0; tries++) if ((await push()) === 503) refused++
      if (refused === 0) violations.push('no push was ever refused: the disk was not full')
      const alive = await fetch(`${demo.base_url}/healthz`).then(
        (answer) => answer.ok,
        () => false,
      )
      const readable = await fetch(`${demo.base_url}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      )
      if (!alive || !readable) violations.push('reads failed while the disk was full')
      rmSync(ballast)
      const began = performance.now()
      while ((await push()) !== 200) {
        if (performance.now() - began > 10_000) {
          violations.push('not healed 10 s after there was room')
          break
        }
        await pause(50)
      }
      figures['healed, worst ms'] = Math.max(
        Number(figures['healed, worst ms'] ?? 0),
        Math.round(performance.now() - began),
      )
    }
    figures['times full'] = times
    figures.acknowledged = acked.length
    if (!node.isRunning()) violations.push('the server ended')
    await node.stop()
    const database = new DatabaseSync(join(disk, 'hufu.sqlite'), { readOnly: true })
    const kept = Number(database.prepare('SELECT count(*) AS n FROM followers').get()?.n)
    if (database.prepare('PRAGMA integrity_check').get()?.integrity_check !== 'ok')
      violations.push('the database is damaged')
    if (kept < acked.length) violations.push(`I1 ${acked.length} pushes were acknowledged, ${kept} followers are there`)
    database.close()
  } finally {
    await node.kill()
    await simulator.close()
    spawnSync('umount', [disk])
    rmSync(folder, { recursive: true, force: true })
  }
  return { fault, figures, violations }
}

/** Takes all the room there is. */
export function fill(path: string): string {
  const file = openSync(path, 'w')
  for (const bytes of [1 << 20, 4096, 256, 1]) {
    const block = Buffer.alloc(bytes)
    try {
      for (;;) writeSync(file, block)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
  closeSync(file)
  return path
}
