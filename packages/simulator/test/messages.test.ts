import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Bench } from './harness.ts'

let bench: Bench

beforeEach(async () => {
  bench = await Bench.start()
})
afterEach(() => bench.simulator.close())

/** A mail as any client would send it, line by line. */
async function mail(to: string, message: string): Promise<string[]> {
  const { url } = await bench.get('/_sim/mail/server')
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const said = ['EHLO test', 'MAIL FROM:<shop@example.com>', `RCPT TO:<${to}>`, 'DATA', `${message}\r\n.`, 'QUIT']
  const answers: string[] = []
  for await (const line of createInterface(socket)) {
    if (line[3] === '-') continue
    answers.push(line.slice(0, 3))
    const next = said.shift()
    if (next !== undefined) socket.write(`${next}\r\n`)
  }
  return answers
}

it('every person has a phone number and an address, the same in every run', async () => {
  const person = await bench.post('/_sim/people', { name: '小明', id: 'xiaoming' })
  expect(person).toMatchObject({ phone: expect.stringMatching(/^\+86199\d{8}$/), email: 'xiaoming@mail.example' })
  await bench.post('/_sim/reset', {})
  expect(await bench.post('/_sim/people', { name: '小明', id: 'xiaoming' })).toMatchObject({ phone: person.phone })
})

it('a text message arrives at the phone with that number, as a gateway is told or in short', async () => {
  const person = await bench.post('/_sim/people', { name: 'ada' })
  await bench.post('/_sim/sms', { to: person.phone, text: 'one' })
  await bench.post('/_sim/sms', { type: 'sms.send', data: { to: person.phone, text: 'two', code: '1' } })
  expect(await bench.get(`/_sim/people/${person.id}/sms`)).toMatchObject([{ text: 'one' }, { text: 'two' }])
  expect(await bench.post('/_sim/sms', { to: '1', text: 'x' })).toMatchObject({ error: 'bad_field' })
})

it('a mail sent by SMTP is read as its reader would read it', async () => {
  const subject = `=?UTF-8?B?${Buffer.from('您的').toString('base64')}?=\r\n =?UTF-8?Q?=E9=AA=8C?=`
  const text = Buffer.from('验证码 123456\r\nhttps://shop.example.com/x').toString('base64')
  const answers = await mail(
    'Ada@mail.example',
    `From: Shop <shop@example.com>\r\nSubject: ${subject}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${text}`,
  )
  expect(answers).toEqual(['220', '250', '250', '250', '354', '250', '221'])
  expect(await bench.get('/_sim/mail?to=ada@mail.example')).toMatchObject([
    {
      to: ['ada@mail.example'],
      subject: '您的验',
      text: expect.stringContaining('验证码 123456\n'),
      links: [{ url: 'https://shop.example.com/x' }],
    },
  ])
  expect(await bench.get('/_sim/mail?to=else@mail.example')).toEqual([])
})

it('of a mail in parts, the plain text is read', async () => {
  const part = (type: string, text: string) => `--b\r\nContent-Type: ${type}\r\n\r\n${text}\r\n`
  await mail(
    'a@b.example',
    `Subject: x\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n${part('text/html', '<p>1</p>')}${part('text/plain', 'in clear')}--b--`,
  )
  expect(await bench.get('/_sim/mail')).toMatchObject([{ text: expect.stringMatching(/^in clear/) }])
})
