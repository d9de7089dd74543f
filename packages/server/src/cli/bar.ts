const barWidth = 24

/** How far it is: a bar on a terminal, nothing where the output goes to a file. */
export function createBar(): { show(what: string, done: number, of: number): void; end(): void } {
  const { isTTY } = process.stderr
  return {
    show(what, done, of) {
      if (!isTTY) return
      const filled = of === 0 ? barWidth : Math.round((done / of) * barWidth)
      const bar = '█'.repeat(filled).padEnd(barWidth, '░')
      process.stderr.write(`\r\u001b[2K${bar} ${what} ${done.toLocaleString('en')} / ${of.toLocaleString('en')}`)
    },
    end() {
      if (isTTY) process.stderr.write('\r\u001b[2K')
    },
  }
}
