const namespace = 'http://www.w3.org/2000/svg'

export interface QrShape {
  readonly width: number
  readonly height: number
  readonly path: string
  /** Some encoders draw rows as strokes instead of filled squares. */
  readonly stroked: boolean
}

/** Takes the two things needed out of the server's SVG by a pattern no markup can pass through. */
export function qrShape(svg: string): QrShape | undefined {
  const box = /<svg[^>]* viewBox="0 0 (\d{1,4}) (\d{1,4})"/.exec(svg)
  const path = [...svg.matchAll(/<path([^>]*?) d="([MmHhVvLlZz\d\s,.-]+)"([^>]*)>/g)].at(-1)
  if (!box || !path?.[2]) return undefined
  return {
    width: Number(box[1]),
    height: Number(box[2]),
    path: path[2],
    stroked: `${path[1]}${path[3]}`.includes('stroke="'),
  }
}

export function svgElement(name: string, attributes: Record<string, string>, ...children: Node[]): SVGElement {
  const element = document.createElementNS(namespace, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}

export function drawQr({ width, height, path, stroked }: QrShape): SVGElement {
  const ink = stroked ? { fill: 'none', stroke: 'currentColor' } : { fill: 'currentColor' }
  const box = { viewBox: `0 0 ${width} ${height}`, 'shape-rendering': 'crispEdges', 'aria-hidden': 'true' }
  return svgElement('svg', box, svgElement('path', { d: path, ...ink }))
}
