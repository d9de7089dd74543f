/** What the bench's platform hands out for a scene; reversible, so that the generator can scan a code it was shown. */
const CONTENT = 'http://weixin.qq.com/q/'

export function contentOf(scene: string): string {
  return `${CONTENT}${scene}`
}

export function sceneOf(content: string): string {
  if (!content.startsWith(CONTENT)) throw new Error(`${content} is not a code of the bench's platform`)
  return content.slice(CONTENT.length)
}

export function ticketOf(scene: string): string {
  return `gQ${Buffer.from(`bench:${scene}`).toString('base64url')}==`
}
