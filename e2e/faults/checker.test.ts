import { expect, test } from 'vitest'
import { judge } from './checker.ts'
import type { Evidence } from './evidence.ts'
import type { Entry } from './history.ts'

/** A checker that cannot fail proves nothing: each promise is broken here once, in evidence that is otherwise sound. */
const entry = (op: Entry['op'], outcome: Entry['outcome'], detail: Entry['detail'] = {}): Entry => ({
  op,
  key: 'fl_1',
  outcome,
  began: 0,
  ended: 1,
  detail,
})

const pages = ['waiting', 'scanned', 'confirmed', 'completed'].map((state) => entry('page', 'ok', { state }))

const sound: Evidence = {
  entries: [
    entry('create', 'ok'),
    entry('scan', 'ok', { scanner: 'ada', linked: true }),
    entry('confirm', 'ok'),
    entry('redeem', 'ok', { scanner: 'ada', user: 'us_1' }),
    entry('redeem', 'fail'),
    ...pages,
  ],
  flows: new Map([['fl_1', { state: 'completed', scanner: 'ada' }]]),
  events: ['flow.scanned', 'flow.confirmed', 'flow.completed'].map((type, at) => ({
    id: `ev_${at + 1}`,
    type,
    flow: 'fl_1',
  })),
  heard: ['ev_1', 'ev_2', 'ev_3'],
  identities: [
    { user: 'us_1', kind: 'wechat', namespace: 'wx1', value: 'ada' },
    { user: 'us_1', kind: 'external', namespace: 'ap_1', value: 'a' },
  ],
  follows: new Map([['ada', { truth: true, stored: true }]]),
  doubts: 0,
  inbox: { documents: 1, rows: 1 },
  repeats: { acked: 1, unanswered: 0, otherReply: [], newRows: 0, newEvents: 0 },
  tokenCalls: [0, 60_100],
}

test('sound evidence is found sound', () => {
  expect(judge(sound)).toEqual([])
})

test('what may go either way is not held against anybody', () => {
  const entries = sound.entries.map((one) => (one.op === 'redeem' ? { ...one, outcome: 'unknown' as const } : one))
  expect(judge({ ...sound, entries })).toEqual([])
})

const state = (name: string, scanner: string | null = 'ada') => new Map([['fl_1', { state: name, scanner }]])
const also = (...more: Entry[]): Partial<Evidence> => ({ entries: [...sound.entries, ...more] })
const broken: [string, Partial<Evidence>, RegExp][] = [
  ['an acknowledged flow is gone', { flows: new Map() }, /^I1 create of fl_1.*gone/],
  ['an acknowledged redemption is undone', { flows: state('confirmed') }, /^I1 fl_1 was redeemed; its state/],
  ['a redemption is told to nobody', { events: sound.events.slice(0, 2) }, /^I1 fl_1 was redeemed; nobody/],
  ['a code buys twice', also(entry('redeem', 'ok', { scanner: 'ada', user: 'us_1' })), /^I2 .*redeemed 2 times/],
  [
    'what was refused happened',
    { entries: [entry('redeem', 'fail'), entry('redeem', 'fail')] },
    /^I2 .*refused each time/,
  ],
  ['two people have the link', also(entry('scan', 'ok', { scanner: 'bob', linked: true })), /^I2 .*2 people/],
  ['the flow went to the other one', { flows: state('completed', 'bob') }, /^I2 .*the flow to another/],
  ['the scan is lost', { flows: state('completed', null) }, /^I1 the page saw/],
  ['an acknowledged push is lost', { repeats: { ...sound.repeats, newRows: 1 } }, /^I1 1 of 1 acknowledged/],
  ['a repeat has an effect', { repeats: { ...sound.repeats, newEvents: 1 } }, /^I1 repeats caused/],
  ['a repeat is not answered', { repeats: { ...sound.repeats, unanswered: 1 } }, /^I1 1 repeats/],
  ['a repeat is answered otherwise', { repeats: { ...sound.repeats, otherReply: ['SCAN'] } }, /^I1 a repeat had/],
  ['a push is there twice', { inbox: { documents: 1, rows: 2 } }, /^I1 1 different pushes, 2/],
  ['a follow is lost', { follows: new Map([['ada', { truth: true, stored: undefined }]]) }, /^I1 ada follows/],
  ['somebody who left is kept', { follows: new Map([['ada', { truth: false, stored: true }]]) }, /^I1 ada left/],
  ['a doubt is never settled', { doubts: 1 }, /^I1 1 followers/],
  [
    'a step is told twice',
    { events: [...sound.events, { id: 'ev_4', type: 'flow.scanned', flow: 'fl_1' }], heard: [...sound.heard, 'ev_4'] },
    /^I1 flow.scanned of fl_1 was told 2/,
  ],
  ['a scan is told to nobody', { events: sound.events.slice(1) }, /^I1 fl_1 is completed; nobody/],
  [
    'a WeChat is of two people',
    { identities: [...sound.identities, { user: 'us_2', kind: 'wechat', namespace: 'wx1', value: 'ada' }] },
    /^I3 wechat wx1 ada/,
  ],
  [
    'a person has two external identities of one app',
    { identities: [...sound.identities, { user: 'us_1', kind: 'external', namespace: 'ap_1', value: 'b' }] },
    /^I3 us_1 has external/,
  ],
  [
    'a person is somebody else the next time',
    also({ ...entry('redeem', 'ok', { scanner: 'ada', user: 'us_2' }), key: 'fl_2' }),
    /^I3 ada was us_1/,
  ],
  ['the feed skips an event', { heard: ['ev_1', 'ev_3'] }, /^I5 the feed skipped 1 events, such as ev_2/],
  ['the feed skips the last event', { heard: ['ev_1', 'ev_2'] }, /^I5 the feed skipped/],
  ['the feed repeats an event', { heard: ['ev_1', 'ev_2', 'ev_2', 'ev_3'] }, /^I5 .*twice/],
  ['the feed goes backwards', { heard: ['ev_2', 'ev_1', 'ev_3'] }, /^I5 .*backwards/],
  ['a page sees its flow go back', also(entry('page', 'ok', { state: 'scanned' })), /^I13 fl_1 was completed, then/],
  ['the database is behind a page', { flows: state('scanned') }, /^I13 fl_1 was completed, then scanned/],
  ['two tokens are asked for in a minute', { tokenCalls: [0, 59_000] }, /^I8/],
]

test.each(broken)('it is seen that %s', (_, change, said) => {
  expect(judge({ ...sound, ...change })).toContainEqual(expect.stringMatching(said))
})
