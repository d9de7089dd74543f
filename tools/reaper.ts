import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'

export interface Reaper {
  /** Lets it do its work now. */
  dismiss(): Promise<void>
}

/** Waits for the end of its input, which comes when the process that started it is gone, for whatever reason. */
const script = `
cat > /dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2> /dev/null)
if [ -n "$pid" ]; then
  kill -QUIT "$pid" 2> /dev/null
  tries=0
  while kill -0 "$pid" 2> /dev/null && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL "$pid" 2> /dev/null
fi
rm -rf "$1"
`

/** A run that is killed cannot clean up: a process of its own session ends the PostgreSQL in `folder` and removes both. */
export function startReaper(folder: string, own: { uid?: number; gid?: number }): Reaper {
  let child: ChildProcess
  try {
    child = spawn('/bin/sh', ['-c', script, 'reaper', folder], {
      ...own,
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
  } catch {
    // We may not become that user; neither can PostgreSQL, which tells so.
    return { async dismiss() {} }
  }
  // It is no reason to stay.
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  const exit = once(child, 'exit')
  exit.catch(() => {})
  return {
    async dismiss() {
      child.ref()
      child.stdin?.end()
      await exit.catch(() => {})
    },
  }
}
