/**
 * What the driver would take from the address before what we give it. These carry promises: that no statement, and no lock, is waited for
 * longer than WeChat waits for us, and that texts and numbers come as they were written.
 */
const ours = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'query_timeout',
  'client_encoding',
  'encoding',
  'binary',
  'replication',
]

/** @returns names of parameters that an address of the database must not have */
export function refusedParameters(url: string): string[] {
  const names = new Set(split(url).parameters.map(([name]) => name))
  return ours.filter((name) => names.has(name))
}

/**
 * An address for the driver, in which `options` of the address itself do not take the place of ours. Where both set the same, the last one
 * counts, and ours are the last.
 */
export function withOptions(url: string, options: string): { connectionString: string; options: string } {
  const { address, parameters } = split(url)
  const theirs = parameters.flatMap(([name, value]) => (name === 'options' ? [value] : []))
  const kept = parameters.flatMap(([name, , text]) => (name === 'options' ? [] : [text]))
  return {
    connectionString: kept.length > 0 ? `${address}?${kept.join('&')}` : address,
    options: [...theirs, options].join(' '),
  }
}

/** Each parameter as name, value, and the text it came from, which is handed on as it is. */
function split(url: string): { address: string; parameters: [name: string, value: string, text: string][] } {
  // Whoever reads a URL reads over these.
  const [whole = ''] = url.replace(/[\t\n\r]/g, '').split('#')
  const mark = whole.indexOf('?')
  if (mark < 0) return { address: whole, parameters: [] }
  const texts = whole.slice(mark + 1).split('&')
  const parameters = texts.flatMap((text) =>
    [...new URLSearchParams(text)].map(([name, value]): [string, string, string] => [name, value, text]),
  )
  return { address: whole.slice(0, mark), parameters }
}
