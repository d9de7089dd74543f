/** Bytes that a link may need. */
export const longestLink = 256

const links = /\{link(?::(ap_[a-z2-7]{26}))?\}/g
/** The apps that a text's placeholders name; undefined where they leave it open. */
export function linkedApps(text: string): (string | undefined)[] {
  return [...text.matchAll(links)].map((match) => match[1])
}

/**
 * The text with its links in place. A line whose link there is none to give falls away whole: the words around it are of no use either.
 * @returns undefined when nothing is left to say
 */
export function fillLinks(text: string, linkTo: (app: string | undefined) => string | undefined): string | undefined {
  if (!text.includes('{link')) return text
  const made = new Map<string | undefined, string | undefined>()
  function link(app: string | undefined): string | undefined {
    if (!made.has(app)) made.set(app, linkTo(app))
    return made.get(app)
  }
  const lines = text.split('\n').filter((line) => linkedApps(line).every(link))
  const filled = lines.join('\n').replace(links, (_, app: string | undefined) => link(app) ?? '')
  return filled.trim() || undefined
}
