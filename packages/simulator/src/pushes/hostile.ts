/** Documents that no receiver may accept; signed and encrypted they look as if WeChat had sent them. */
type Change = (document: Buffer) => Buffer

const OVERSIZED_BYTES = 129 * 1024

function beforeEnd(inserted: string | Buffer): Change {
  return (document) => {
    const end = document.lastIndexOf('</xml>')
    return Buffer.concat([document.subarray(0, end), Buffer.from(inserted), document.subarray(end)])
  }
}

function before(inserted: string): Change {
  return (document) => Buffer.concat([Buffer.from(inserted), document])
}

function entityBomb(document: Buffer): Buffer {
  const levels = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
  const bomb = `<!DOCTYPE xml [<!ENTITY l0 "boom">${levels}]>`
  return before(bomb)(beforeEnd('<Bomb>&l9;</Bomb>')(document))
}

function duplicateElement(document: Buffer): Buffer {
  const element = /<FromUserName>.*?<\/FromUserName>/s.exec(document.toString('utf8'))?.[0]
  return beforeEnd(element ?? '<A>1</A><A>1</A>')(document)
}

function late(document: Buffer): Buffer {
  const text = document.toString('utf8')
  return Buffer.from(text.replace(/<CreateTime>(\d+)</, (_, seconds) => `<CreateTime>${Number(seconds) - 600}<`))
}

export const DOCUMENT_CHANGES: Record<string, Change> = {
  late,
  doctype: before('<!DOCTYPE xml SYSTEM "file:///etc/passwd">'),
  entity_bomb: entityBomb,
  oversized: beforeEnd(`<Padding><![CDATA[${'a'.repeat(OVERSIZED_BYTES)}]]></Padding>`),
  duplicate_element: duplicateElement,
  malformed: (document) => document.subarray(0, document.lastIndexOf('</xml>')),
  nul: beforeEnd('<Nul>\u0000</Nul>'),
  invalid_utf8: beforeEnd(
    Buffer.concat([Buffer.from('<Bad><![CDATA['), Buffer.from([0xc3, 0x28]), Buffer.from(']]></Bad>')]),
  ),
}
