import { randomBytes } from 'node:crypto'
import type { Scan } from './push.ts'

/** Each of its own person, with its own code. */
export function inventScans(
  count: number,
  newScene: () => string = () => randomBytes(16).toString('hex'),
  ticketOf: (scene: string) => string = (scene) => `gQ${scene}${scene}==`,
): Scan[] {
  return Array.from({ length: count }, () => {
    const scene = newScene()
    return { openid: `o${randomBytes(20).toString('base64url')}`, scene, ticket: ticketOf(scene) }
  })
}
