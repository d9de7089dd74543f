// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u

/** C0, C1, bidirectional overrides and lone surrogates: nothing a person typed on purpose. */
export function hasControlCharacters(text: string): boolean {
  return controls.test(text)
}

/** Hides the middle of a name: `ac•••@ex•••.com`, `wa•••`. Enough for its owner to recognise, too little for anyone else. */
export function maskName(name: string): string {
  const [local = '', domain] = name.split('@')
  const shown = [...local].slice(0, [...local].length > 2 ? 2 : 1).join('')
  if (domain === undefined) return `${shown}•••`
  const dot = domain.lastIndexOf('.')
  return `${shown}•••@${domain.slice(0, 2)}•••${dot > 2 ? domain.slice(dot) : ''}`
}
