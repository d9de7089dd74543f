/**
 * A parser of text/event-stream that may be fed any pieces of the text: a field, a line end or a CR LF pair may be cut in two.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function createEventParser(on: {
  event(name: string, data: string): void
  retry(ms: number): void
}): (piece: string) => void {
  let rest = ''
  let name = ''
  let data: string[] = []

  function line(text: string): void {
    if (text === '') {
      if (data.length > 0) on.event(name || 'message', data.join('\n'))
      name = ''
      data = []
      return
    }
    // A comment has an empty field name and falls through.
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(text) ?? []
    if (field === 'data') data.push(value)
    if (field === 'event') name = value
    if (field === 'retry' && /^\d+$/.test(value)) on.retry(Number(value))
  }

  return (piece) => {
    const text = rest + piece
    // A CR at the very end may be half of a CR LF: it waits for what follows.
    const lines = text.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    lines.forEach(line)
  }
}
