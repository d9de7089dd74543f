import { svgElement } from './dom.ts'

export interface QrShape {
  readonly box: string
  readonly path: string
}

/** Takes the two things needed out of the server's SVG by patterns no markup can pass through. */
export function qrShape(svg: string): QrShape | undefined {
  const box = /<svg[^>]* viewBox="(0 0 \d+ \d+)"/.exec(svg)?.[1]
  const path = /<path[^>]* d="(M[MmHhVvLlZz\d\s,.-]+)"/.exec(svg)?.[1]
  return box && path ? { box, path } : undefined
}

export function drawQr({ box, path }: QrShape): SVGElement {
  return svgElement('svg', { viewBox: box, 'shape-rendering': 'crispEdges' }, svgElement('path', { d: path }))
}
