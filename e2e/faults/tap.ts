/** Reads along on one connection of a node to PostgreSQL, in both directions. */
export interface Tap {
  /** @returns what may go on its way; less than it was given: the connection stands still from there */
  sent(data: Buffer): Buffer
  answered(data: Buffer): Buffer
}

export interface Listener {
  /** The node is sending this statement. @returns false: it does not get through; a name: tell `hears` of its answer */
  sends(text: string, node: string): boolean | string
  /** The answer to the statement of that name is there. @returns false: it does not get through */
  hears(name: string, node: string): boolean
}

/** The frontend/backend protocol, version 3, as far as it tells statements and the ends of their answers apart (PostgreSQL, “Message Formats”). */
export function createTap({ sends, hears }: Listener): Tap {
  let node = ''
  const texts = new Map<string, string>()
  /** For each ReadyForQuery that is still to come: the name of what it answers. */
  const pending: (string | undefined)[] = []
  let current: string | undefined

  /** @returns whether the message gets through */
  function frontend(type: string, body: Buffer): boolean {
    if (type === 'startup') {
      node = /application_name\0([^\0]*)/.exec(body.toString('latin1'))?.[1] ?? ''
      pending.push(undefined)
    } else if (type === 'P') {
      const [name = '', text = ''] = body.toString('utf8').split('\0', 2)
      texts.set(name, text)
    } else if (type === 'B') {
      const [, name = ''] = body.toString('utf8').split('\0', 2)
      return statement(texts.get(name) ?? '')
    } else if (type === 'Q') {
      const through = statement(body.toString('utf8', 0, body.length - 1))
      pending.push(current)
      current = undefined
      return through
    } else if (type === 'S') {
      pending.push(current)
      current = undefined
    }
    return true
  }

  function statement(text: string): boolean {
    const answer = sends(text, node)
    current = typeof answer === 'string' ? answer : undefined
    return answer !== false
  }

  function backend(type: string): boolean {
    if (type !== 'Z') return true
    const name = pending.shift()
    return name === undefined || hears(name, node)
  }

  return { sent: gate(frontend, true), answered: gate(backend, false) }
}

/** Cuts a stream into messages and asks of each whether it gets through; after the first that does not, nothing does. */
function gate(passes: (type: string, body: Buffer) => boolean, startsUntyped: boolean): (data: Buffer) => Buffer {
  let rest: Buffer = Buffer.alloc(0)
  let isUntyped = startsUntyped
  let isShut = false
  return (data) => {
    if (isShut) return data.subarray(0, 0)
    // What of `rest` was there before has been handed on.
    const handed = rest.length
    rest = Buffer.concat([rest, data])
    let at = 0
    for (;;) {
      const head = isUntyped ? 0 : 1
      if (rest.length < at + head + 4) break
      const end = at + head + rest.readInt32BE(at + head)
      if (rest.length < end) break
      const type = isUntyped ? 'startup' : String.fromCharCode(rest[at] ?? 0)
      isUntyped = false
      if (!passes(type, rest.subarray(at + head + 4, end))) {
        isShut = true
        return data.subarray(0, Math.max(0, at - handed))
      }
      at = end
    }
    rest = rest.subarray(at)
    return data
  }
}
