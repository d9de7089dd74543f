import { expect, test } from 'vitest'
import { StoreUnavailable } from './store/errors.ts'
import { createTogether } from './together.ts'

test('one at a time for each name, so many wait, and whoever is beyond is told at once', async () => {
  const together = createTogether(3)
  const held = Promise.withResolvers<void>()
  const begun: string[] = []
  const come = (name: string, what: string) =>
    together(name, async () => {
      begun.push(what)
      await held.promise
      return what
    })
  const three = ['first', 'second', 'third'].map((what) => come('one', what))
  const other = come('another', 'other')
  expect(await come('one', 'fourth')).toBe(undefined)
  expect(begun).toEqual(['first', 'other'])
  held.resolve()
  expect(await Promise.all([...three, other])).toEqual(['first', 'second', 'third', 'other'])
  expect(await come('one', 'fifth')).toBe('fifth')
})

test('where the first finds no database in time, those behind do not wait for it once more each', async () => {
  const together = createTogether(3)
  const trouble = new StoreUnavailable('busy')
  let runs = 0
  const fail = () =>
    together('one', async () => {
      runs++
      throw trouble
    }).catch((error) => error)
  expect(await Promise.all([fail(), fail(), fail()])).toEqual([trouble, trouble, trouble])
  expect(runs).toBe(1)
  expect(await together('one', async () => 'later')).toBe('later')
})

test('any other error is its own’s', async () => {
  const together = createTogether(3)
  const failed = together('one', () => Promise.reject(new Error('mine'))).catch((error) => error.message)
  const behind = together('one', async () => 'fine')
  expect(await Promise.all([failed, behind])).toEqual(['mine', 'fine'])
})
