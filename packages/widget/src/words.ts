import type { Flow } from './flow.ts'
import type { Messages, Text } from './messages.ts'
import type { Screen } from './screen.ts'

const maxNameLength = 32
/** Direction overrides and other invisible controls would let a name rewrite the sentence around it. */
const controls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** The words of a screen, with names put in. They are set as text nodes only. */
export function wordsFor(screen: Screen, flow: Flow | undefined, messages: Messages): Text {
  const [title, sentence, action] = template(screen, flow, messages)
  const put = (text: string) =>
    text.replace(/\{(app|account)\}/g, (_, key: 'app' | 'account') => name(key, flow, messages))
  return action ? [put(title), put(sentence), action] : [put(title), put(sentence)]
}

function template(screen: Screen, flow: Flow | undefined, { screens, bind, reasons }: Messages): Text {
  const reason = screen === 'failed' ? flow?.reason : undefined
  // An unknown reason of a newer server still gets a sentence.
  if (reason && Object.hasOwn(reasons, reason)) return reasons[reason]
  return (flow?.kind === 'bind' && bind[screen]) || screens[screen]
}

function name(key: 'app' | 'account', flow: Flow | undefined, { quote, unnamed }: Messages): string {
  const given: unknown = flow?.[key]?.name
  const clean = typeof given === 'string' ? [...given.replace(controls, '').trim()] : []
  if (clean.length === 0) return unnamed[key]
  const short = clean.length > maxNameLength ? `${clean.slice(0, maxNameLength - 1).join('')}…` : clean.join('')
  return quote.replace('{}', () => short)
}
