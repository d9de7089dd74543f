import { createHash } from 'node:crypto'

const size = 29
const quiet = 2

/** Looks like a QR code (finder patterns and noise) in the form Hufu answers; nobody scans it. */
export function qrSvg(seed: string): string {
  const noise = createHash('shake256', { outputLength: size * size })
    .update(seed)
    .digest()
  let path = ''
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1)
      if (finder(x, y) ?? (noise[y * size + x] ?? 0) < 120) path += `M${x + quiet} ${y + quiet}h1v1h-1z`
  const side = size + 2 * quiet
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><path fill="#000" d="${path}"/></svg>`
}

function finder(x: number, y: number): boolean | undefined {
  for (const [left, top] of [
    [0, 0],
    [size - 7, 0],
    [0, size - 7],
  ] as const) {
    const dx = Math.abs(x - left - 3)
    const dy = Math.abs(y - top - 3)
    const ring = Math.max(dx, dy)
    if (ring <= 4) return ring === 3 || ring <= 1
  }
  return undefined
}
