import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEventParser } from './sse.ts'

function parse(pieces: string[]) {
  const events: [string, string][] = []
  const retries: number[] = []
  const feed = createEventParser({ event: (name, data) => events.push([name, data]), retry: (ms) => retries.push(ms) })
  for (const piece of pieces) feed(piece)
  return { events, retries }
}

test('an event has a name and its data lines joined', () => {
  expect(parse(['event: flow\ndata: a\ndata:b\ndata:  c\n\n'])).toEqual({ events: [['flow', 'a\nb\n c']], retries: [] })
})

test('an event without a name is a message, and the name does not stick', () => {
  expect(parse(['event: flow\ndata: 1\n\ndata: 2\n\n']).events).toEqual([
    ['flow', '1'],
    ['message', '2'],
  ])
})

test('comments, unknown fields, ids and events without data say nothing', () => {
  expect(parse([': heartbeat\n\nid: 4\nfoo: bar\nevent: flow\n\n:\n\n']).events).toEqual([])
})

test('a field without a colon has an empty value', () => {
  expect(parse(['data\ndata\n\n']).events).toEqual([['message', '\n']])
})

test('retry is taken when it is digits only', () => {
  expect(parse(['retry: 250\nretry: 1s\nretry:\nretry: -1\n']).retries).toEqual([250])
})

test('what has no empty line after it is not an event yet', () => {
  expect(parse(['data: half']).events).toEqual([])
  expect(parse(['data: half\n']).events).toEqual([])
})

test('the same text gives the same events however it is cut, with any line ends', () => {
  const line = fc.constantFrom('data: x', 'data:y: z', 'data', 'event: flow', ': hi', 'retry: 10', 'id: 1', '', '')
  const end = fc.constantFrom('\n', '\r\n', '\r')
  fc.assert(
    fc.property(fc.array(fc.tuple(line, end), { maxLength: 30 }), fc.array(fc.nat(400)), (lines, cuts) => {
      // A CR followed by a line that is empty and ends in LF is a CR LF: the plain form is made from the text itself.
      const text = `${lines.map((pair) => pair.join('')).join('')}:\n`
      const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort((a, b) => a - b)
      const pieces = places.slice(1).map((to, index) => text.slice(places[index], to))
      expect(parse(pieces)).toEqual(parse([text.replace(/\r\n|\r/g, '\n')]))
    }),
  )
})
