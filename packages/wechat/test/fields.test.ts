import { describe, expect, it } from 'vitest'
import { checkFieldValue, fieldTypeOf, parseTemplateFields } from '../src/index.ts'

describe('parseTemplateFields', () => {
  it('reads keys, types and labels, in the order of the text', () => {
    const content = '{{first.DATA}}\n验证码:{{character_string1.DATA}}\n操作：{{thing2.DATA}}\r\n时间: {{ time3.DATA }}'
    expect(parseTemplateFields(content)).toEqual([
      { key: 'first', type: 'removed', label: '' },
      { key: 'character_string1', type: 'character_string', label: '验证码' },
      { key: 'thing2', type: 'thing', label: '操作' },
      { key: 'time3', type: 'time', label: '时间' },
    ])
  })

  it('knows what an enum may say, and a key that stands twice once', () => {
    const values = { enum_string1: ['开', '关'] }
    expect(parseTemplateFields('状态:{{enum_string1.DATA}} 又:{{enum_string1.DATA}}', values)).toEqual([
      { key: 'enum_string1', type: 'enum', label: '状态', values: ['开', '关'] },
    ])
  })

  it('takes the fields of a test account, and two in one line', () => {
    expect(parseTemplateFields('您的{{what.DATA}}已到{{where.DATA}}')).toEqual([
      { key: 'what', type: 'free', label: '您的' },
      { key: 'where', type: 'free', label: '已到' },
    ])
  })

  it('finds nothing in a text without fields', () => {
    expect(parseTemplateFields('{{}} {{x}} {{1.DATA}}')).toEqual([])
  })
})

describe('fieldTypeOf', () => {
  it.each([
    ['thing12', 'thing'],
    ['short_thing1', 'short_thing'],
    ['enum3', 'enum'],
    ['keyword1', 'free'],
    ['constructor1', 'free'],
    ['remark', 'removed'],
  ])('%s is %s', (key, type) => {
    expect(fieldTypeOf(key)).toBe(type)
  })
})

const check = (key: string, value: string) => {
  const field = { key, type: fieldTypeOf(key), label: '', values: ['开', '关'] }
  return checkFieldValue(field, value)?.code
}

describe('checkFieldValue', () => {
  it.each([
    ['thing1', '您的订单 #17 已发货，请查收。'],
    ['thing1', '字'.repeat(20)],
    ['character_string1', '2026-11_AB.c/9'],
    ['number1', '12.50'],
    ['letter1', 'abcXYZ'],
    ['symbol1', '★！'],
    ['time1', '15:01'],
    ['time1', '2019年10月1日 15:01'],
    ['time1', '2023-09-12 19:43:07'],
    ['time1', '09:00~17:30'],
    ['date1', '2019年10月1日'],
    ['date1', '2019/10/01 15:01~2019/10/02 16:00'],
    ['amount1', '￥100.50'],
    ['amount1', '100元'],
    ['phone_number1', '+86-0766-66888866'],
    ['car_number1', '粤A8Z888挂'],
    ['name1', '爱因斯坦'],
    ['name1', 'Albert Einstein'],
    ['phrase1', '已发货'],
    ['enum1', '关'],
    ['keyword1', 'anything at all, 没有人知道它的限制是多少个字符呢, 😀'],
    ['keyword1', '字'.repeat(100)],
    ['number1', '-12.50'],
    ['phone_number1', '021 1234 5678'],
    ['car_number1', '沪A·12345'],
    ['thing1', '👨‍👩‍👧'],
  ])('lets %s say %s', (key, value) => {
    expect(check(key, value)).toBeUndefined()
  })

  it.each([
    ['thing1', '', 'empty'],
    ['thing1', '  \u3000', 'empty'],
    ['thing1', '一行\n两行', 'line_break'],
    ['thing1', 'a\u0007', 'line_break'],
    ['thing1', '\ud800', 'line_break'],
    ['keyword1', '一行\n两行', 'line_break'],
    ['keyword1', '字'.repeat(101), 'too_long'],
    ['thing1', '\u200b\u202e', 'empty'],
    ['keyword1', '\u3164\u2800\ufe0f', 'empty'],
    ['number1', '--1', 'format'],
    ['car_number1', '沪·A12345', 'characters'],
    ['thing1', '字'.repeat(21), 'too_long'],
    ['thing1', '😀'.repeat(11), 'too_long'],
    ['short_thing1', '六个字的内容', 'too_long'],
    ['character_string1', '订单17', 'characters'],
    ['character_string1', 'x'.repeat(33), 'too_long'],
    ['number1', '1,000', 'format'],
    ['letter1', 'abc1', 'characters'],
    ['symbol1', 'ab', 'characters'],
    ['time1', '25:00', 'format'],
    ['time1', '3pm', 'format'],
    ['date1', '10月1日', 'format'],
    ['amount1', '一百元', 'format'],
    ['amount1', '12345678901', 'format'],
    ['amount1', '123456789.12', 'format'],
    ['phone_number1', '电话12345', 'characters'],
    ['car_number1', '粤A8Z8888挂', 'too_long'],
    ['name1', '一二三四五六七八九十一', 'too_long'],
    ['name1', '张三3', 'characters'],
    ['phrase1', '已发货了没有', 'too_long'],
    ['phrase1', 'OK', 'characters'],
    ['enum1', '半', 'not_listed'],
    ['first', '您好', 'removed'],
    ['remark', '谢谢', 'removed'],
  ])('refuses %s = %j: %s', (key, value, code) => {
    expect(check(key, value)).toBe(code)
  })
})
