// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u

/** C0, C1, bidirectional overrides and lone surrogates: nothing a person typed on purpose. */
export function hasControlCharacters(text: string): boolean {
  return controls.test(text)
}

/** What could be a link, a tag or a line of its own in a chat. The names of people and browsers need none of it. */
const unsafe = /[^\p{L}\p{M}\p{N}\p{Emoji_Presentation} ._+'-]/gu

/** A text that somebody else chose, made fit to stand in a message of ours. */
export function plainText(text: string): string {
  return text.replace(unsafe, '')
}

/** What readers make links of: schemes, hosts, addresses, tags. */
const linking = /[<>:/\\@#?&=%]+|[.．。｡](?=[\p{L}\p{N}])/gu

/** A site's own words for a message of ours: to be read, and nothing in it to be tapped. */
export function unlinked(text: string): string {
  return text.replace(linking, ' ').replace(/\s+/gu, ' ').trim()
}

const topLevelDomain = /\.[\p{L}\p{N}-]{2,24}$/u

/** Hides the middle of a name: `ac•••@ex•••.com`, `wa•••`. Enough for its owner to recognise, too little for anyone else. */
export function maskName(name: string): string {
  const [local = '', domain] = name.split('@')
  const characters = [...plainText(local)]
  const shown = characters.slice(0, characters.length > 2 ? 2 : 1).join('')
  if (domain === undefined) return `${shown}•••`
  const ending = domain.length > 4 ? (topLevelDomain.exec(domain)?.[0] ?? '') : ''
  return `${shown}•••@${plainText(domain.slice(0, 2))}•••${ending}`
}

const beijingOffsetMs = 8 * 3_600_000

/** HH:MM as the follower's wall clock shows it. */
export function beijingTime(at: number): string {
  const minutes = Math.floor((at + beijingOffsetMs) / 60_000) % (24 * 60)
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}
