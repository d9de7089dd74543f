/** What was promised of a node that is asked to stop, whatever it waits for. */
const longestMs = 10_000

interface Host {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  exit(code: number): void
  stderr: { write(text: string): unknown }
}

export function stopOnSignals(running: { close(): Promise<void> }, host: Host): void {
  let stopping = false

  function fail(why: string): void {
    host.stderr.write(`Hufu did not stop as it should: ${why}\n`)
    host.exit(1)
  }

  function stop(): void {
    // Whoever asks twice means it.
    if (stopping) {
      host.exit(1)
      return
    }
    stopping = true
    setTimeout(() => fail(`it was not done after ${longestMs / 1_000} s, and was ended.`), longestMs).unref()
    running.close().then(
      () => host.exit(0),
      (error) => fail(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    )
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) host.on(signal, stop)
}
