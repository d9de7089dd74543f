import type { Flow } from './flow.ts'
import { fill, type Label, type Language, labels, screens } from './messages.ts'
import type { Screen } from './screen.ts'

const maxNameLength = 32
/** Direction overrides and other invisible controls would let a name rewrite the sentence around it. */
const controls = /[\p{C}\p{Zl}\p{Zp}]/gu

export type Say = (label: Label, n?: string | number) => string

/** The small words of one language. */
export function speak(language: Language): Say {
  return (label, n = '') => fill(labels[label][language === 'en' ? 1 : 0], { n })
}

/** Title and sentence of a screen, with names put in. They are set as text nodes only. */
export function wordsFor(
  screen: Screen,
  flow: Flow | undefined,
  language: Language,
): [title: string, sentence: string] {
  const say = speak(language)
  const kind = flow?.kind === 'bind' ? 'bind' : 'login'
  const name = (key: 'app' | 'account') => {
    const given: unknown = flow?.[key]?.name
    const letters = typeof given === 'string' ? [...given.replace(controls, '').trim()] : []
    if (letters.length > maxNameLength) letters.splice(maxNameLength - 1, letters.length, '…')
    return letters[0] ? say('quote', letters.join('')) : say(key)
  }
  const names = { title: say(kind), app: name('app'), account: name('account') }
  const key = screen === 'failed' ? flow?.reason : screen === 'done' && kind === 'bind' ? 'linked' : screen
  // An unknown reason of a newer server still gets a sentence.
  const [zhTitle, zhSentence, enTitle, enSentence] = (key && screens[key]) || screens.failed
  return language === 'en'
    ? [fill(enTitle, names), fill(enSentence, names)]
    : [fill(zhTitle, names), fill(zhSentence, names)]
}
