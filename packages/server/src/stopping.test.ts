import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { stopOnSignals } from './stopping.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function start(close: () => Promise<void>) {
  const codes: number[] = []
  const said: string[] = []
  const host = Object.assign(new EventEmitter(), {
    exit: (code: number) => void codes.push(code),
    stderr: { write: (text: string) => said.push(text) },
  })
  stopOnSignals({ close }, host)
  return { host, codes, said }
}

test('who stops in order ends with 0, and says nothing', async () => {
  const { host, codes, said } = start(async () => {})
  host.emit('SIGTERM')
  await vi.advanceTimersByTimeAsync(0)
  expect({ codes, said }).toEqual({ codes: [0], said: [] })
})

test('who cannot stop is ended after ten seconds, with a word and not with 0', async () => {
  const { host, codes, said } = start(() => new Promise(() => {}))
  host.emit('SIGTERM')
  await vi.advanceTimersByTimeAsync(9_999)
  expect(codes).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(codes).toEqual([1])
  expect(said.join('')).toMatch(/did not stop.*10 s/)
})

test('who fails to stop ends with 1, and says why', async () => {
  const { host, codes, said } = start(() => Promise.reject(new Error('the lock is gone')))
  host.emit('SIGINT')
  await vi.advanceTimersByTimeAsync(0)
  expect(codes).toEqual([1])
  expect(said.join('')).toContain('the lock is gone')
})

test('who is asked twice ends at once', () => {
  const { host, codes } = start(() => new Promise(() => {}))
  host.emit('SIGTERM')
  host.emit('SIGTERM')
  expect(codes).toEqual([1])
})
