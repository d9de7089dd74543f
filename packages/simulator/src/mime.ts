/** What a reader sees of a mail: RFC 5322 headers, RFC 2047 words, and the first plain text of RFC 2045 parts. */
export function readMessage(raw: Buffer): { subject: string; from: string; text: string } {
  const message = raw.toString('latin1')
  const { headers, body } = split(message)
  return {
    subject: words(headers.get('subject') ?? ''),
    from: words(headers.get('from') ?? ''),
    text: plainText(headers, body) ?? '',
  }
}

type Headers = Map<string, string>

function split(message: string): { headers: Headers; body: string } {
  const [head = '', ...rest] = message.split(/\r?\n\r?\n/)
  const headers: Headers = new Map()
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  return { headers, body: rest.join('\r\n\r\n') }
}

function plainText(headers: Headers, body: string): string | undefined {
  const type = headers.get('content-type') ?? 'text/plain'
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1]
  if (boundary) {
    for (const part of body.split(`--${boundary}`).slice(1, -1)) {
      const inner = split(part.replace(/^\r?\n/, ''))
      const text = plainText(inner.headers, inner.body)
      if (text !== undefined) return text
    }
    return undefined
  }
  if (!/^text\/plain/i.test(type)) return undefined
  return decoded(headers.get('content-transfer-encoding') ?? '7bit', body)
    .toString('utf8')
    .replaceAll('\r\n', '\n')
}

function decoded(encoding: string, text: string): Buffer {
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(text, 'base64')
    case 'quoted-printable':
      return quoted(text.replace(/[ \t]*=\r?\n/g, ''))
    default:
      return Buffer.from(text, 'latin1')
  }
}

function quoted(text: string): Buffer {
  return Buffer.from(
    text.replace(/=([0-9A-F]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    'latin1',
  )
}

/** `=?UTF-8?B?…?=`; white space between two such words is none. */
function words(header: string): string {
  return header.replace(/\?=\s+=\?/g, '?==?').replace(/(?:=\?utf-8\?[bq]\?[^?]*\?=)+/gi, (run) => {
    const parts = [...run.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)]
    const bytes = parts.map(([, how = '', text = '']) =>
      how.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : quoted(text.replaceAll('_', ' ')),
    )
    return Buffer.concat(bytes).toString('utf8')
  })
}
