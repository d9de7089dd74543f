/** What stands in the chat when a code goes as a text. Never a link: whoever learns to tap in such messages can be led astray. */
export interface CodeFacts {
  code: string
  site: string
  purpose: string
  minutes: number
  /** Browser and system of whoever asked, where the site told them. */
  place: string
}

const zhCN = ({ code, site, purpose, minutes, place }: CodeFacts) => {
  const from = place && `\n请求来自：${place}`
  return `【${site}】验证码 ${code}\n用途：${purpose}${from}\n${minutes} 分钟内有效。任何工作人员都不会向您索要验证码；若非本人操作，请忽略。`
}

const en = ({ code, site, purpose, minutes, place }: CodeFacts) => {
  const from = place && `\nAsked for on: ${place}`
  return `${site}: your code is ${code}\nIt is for: ${purpose}${from}\nGood for ${minutes} minutes. Nobody from us asks for it. If this was not you, ignore it.`
}

export function codeText(facts: CodeFacts, locale: string): string {
  return locale === 'en' ? en(facts) : zhCN(facts)
}
