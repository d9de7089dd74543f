import { DomainError } from '../errors.ts'

const deepest = 32

/**
 * JSON as RFC 8259 means it, and stricter: a member named twice, `__proto__`, or nesting beyond 32 levels is refused, because two readers
 * would disagree about what was said; and U+0000, for which PostgreSQL has no place in a text.
 */
export function parseStrictJson(text: string): unknown {
  refuseAmbiguity(text)
  try {
    return JSON.parse(text)
  } catch {
    throw new DomainError('invalid_request', 'The body is not JSON.')
  }
}

/** One pass over the text: strings are skipped, objects remember the names they have seen. */
function refuseAmbiguity(text: string): void {
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{') open.push(new Set())
    else if (character === '[') open.push(undefined)
    else if (character === '}' || character === ']') open.pop()
    else if (character === '"') {
      const end = endOfString(text, at)
      const names = open.at(-1)
      if (names && isName(text, end)) remember(names, text.slice(at, end + 1))
      at = end
    }
    if (open.length > deepest) throw new DomainError('invalid_request', 'The body is nested too deeply.')
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') {
      if (text.startsWith('u0000', ++at)) throw new DomainError('invalid_request', 'The body has the character U+0000.')
    } else if (text[at] === '"') return at
  }
  return text.length
}

function isName(text: string, end: number): boolean {
  let at = end + 1
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++
  return text[at] === ':'
}

function remember(names: Set<string>, quoted: string): void {
  let name: unknown
  try {
    name = JSON.parse(quoted)
  } catch {
    throw new DomainError('invalid_request', 'The body is not JSON.')
  }
  if (typeof name !== 'string' || name === '__proto__' || names.has(name)) {
    throw new DomainError('invalid_request', 'The body names a member twice, or one that is not allowed.')
  }
  names.add(name)
}
