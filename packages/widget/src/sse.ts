export interface ServerSentEvent {
  readonly event: string
  readonly data: string
}

/**
 * A parser of text/event-stream that may be fed any pieces of the text: a field, a line end or a CR LF pair may be cut in two.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function createEventParser(on: { event(event: ServerSentEvent): void; retry(ms: number): void }) {
  let rest = ''
  let event = ''
  let data: string[] = []
  let afterCarriageReturn = false

  function line(text: string): void {
    if (text === '') {
      if (data.length > 0) on.event({ event: event || 'message', data: data.join('\n') })
      event = ''
      data = []
      return
    }
    const colon = text.indexOf(':')
    if (colon === 0) return
    const name = colon < 0 ? text : text.slice(0, colon)
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'data') data.push(value)
    else if (name === 'event') event = value
    else if (name === 'retry' && /^\d+$/.test(value)) on.retry(Number(value))
  }

  return {
    feed(piece: string): void {
      let text = piece
      if (text === '') return
      // The LF of a CR LF whose CR ended the piece before.
      if (afterCarriageReturn && text[0] === '\n') text = text.slice(1)
      afterCarriageReturn = piece.endsWith('\r')
      const lines = (rest + text).split(/\r\n|\n|\r/)
      rest = lines.pop() ?? ''
      for (const each of lines) line(each)
    },
  }
}
