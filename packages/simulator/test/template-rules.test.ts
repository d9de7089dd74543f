import { expect, it } from 'vitest'
import { fits } from '../src/templates/rules.ts'

it.each<[string, string[], string[]]>([
  ['thing', ['一二三四五六七八九十一二三四五六七八九十', 'a b，1'], ['x'.repeat(21)]],
  ['character_string', ['A-1_2.3', '1'.repeat(32)], ['订单1', '1'.repeat(33)]],
  ['number', ['-1.5', '10'], ['1.', 'x1', '1'.repeat(33)]],
  ['letter', ['abc'], ['a1', 'a'.repeat(33)]],
  ['symbol', ['★★★☆☆'], ['★★★★★★', 'a']],
  ['time', ['15:01', '2019年10月1日 15:01', '2023-09-12 19:43:07', '10:00~11:00'], ['2019年10月1日', '25:00', '三点']],
  ['date', ['2019年10月1日', '2019-10-01 15:01', '2019/1/2~2019/1/3'], ['15:01', '2019-10/01', '2019年13月1日']],
  ['amount', ['¥128.00', '99元', '$1'], ['12345678901', '一百元', '¥¥1']],
  ['phone_number', ['+86-021-1234567'], ['1'.repeat(18), '电话']],
  ['car_number', ['沪A12345', '粤B1234学'], ['沪沪A123', '沪A12345678']],
  ['name', ['林小满', 'Ada Lovelace'], ['一二三四五六七八九十一', 'x'.repeat(21), 'user1']],
  ['phrase', ['已发货'], ['已发货了没有', 'ok', '已 发']],
])('%s takes what its rule says', (type, good, bad) => {
  expect(good.filter((value) => !fits(type, value))).toEqual([])
  expect(bad.filter((value) => fits(type, value))).toEqual([])
})

it('enum and const take what was declared', () => {
  const declared = ['是', '否']
  const answers = ['enum', 'enum_string', 'const'].flatMap((type) =>
    ['是', '也许'].map((value) => fits(type, value, declared)),
  )
  expect(answers).toEqual([true, false, true, false, true, false])
})
