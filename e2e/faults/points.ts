import { createTap, type Tap } from './tap.ts'

/** A place in a transaction where a node can die: before a statement leaves it, or when the answer is there and not yet read. */
export type Point = `${'before' | 'after'} ${string}`

/** Watches what nodes write, by the protocol of their connections: product code knows nothing of it. */
export interface Points {
  tap(): Tap
  /** Those that nodes came to at least so often, in order of their names. */
  seen(least: number): Point[]
  /** What is to happen, at once, when a node comes to this point; its connection stands still from there. undefined: nothing any more. */
  wait(point: Point | undefined, reached: (node: string) => void): void
}

export function watchPoints(): Points {
  const counts = new Map<Point, number>()
  let wanted: Point | undefined
  let strike = (_node: string) => {}

  function passes(point: Point, node: string): boolean {
    counts.set(point, (counts.get(point) ?? 0) + 1)
    if (point !== wanted) return true
    wanted = undefined
    strike(node)
    return false
  }

  return {
    tap() {
      /** The statements of the transaction so far; undefined: there is none. */
      let path: string[] | undefined
      return createTap({
        sends(text, node) {
          if (/^begin read write/i.test(text)) path = []
          if (!path) return true
          path.push(shortly(text))
          const name = path.join(' › ')
          if (/^(commit|rollback)/i.test(text)) path = undefined
          return passes(`before ${name}`, node) && name
        },
        hears: (name, node) => passes(`after ${name}`, node),
      })
    },
    seen: (least) =>
      [...counts]
        .filter(([, count]) => count >= least)
        .map(([point]) => point)
        .toSorted(),
    wait(point, reached) {
      wanted = point
      strike = reached
    },
  }
}

/** `insert flows`, `update flows`, `select followers`; commands as they are. */
function shortly(text: string): string {
  const [, verb, table] = /(insert into|update|delete from)\s+"?(\w+)/i.exec(text) ?? []
  if (verb && table) return `${verb.split(' ')[0]?.toLowerCase()} ${table}`
  const [, from] = /\bfrom\s+"?(\w+)/i.exec(text) ?? []
  return from ? `select ${from}` : (/^\w+( pg_\w+)?/.exec(text)?.[0] ?? text).toLowerCase()
}
