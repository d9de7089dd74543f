import type { Flow } from './flow.ts'
import { fill, type Label, type Language, labels, screens } from './messages.ts'
import type { Screen } from './screen.ts'

/** Direction overrides and other invisible controls would let a name rewrite the sentence around it. */
const controls = /[\p{C}\p{Zl}\p{Zp}]/gu
const tooLong = /^(.{31})..+/u

export type Say = (label: Label, n?: string | number) => string

/** The small words of one language. */
export function speak(language: Language): Say {
  return (label, n = '') => fill(labels[label].split('|')[language === 'en' ? 1 : 0] ?? '', { n })
}

/** Title and sentence of a screen, with names put in. They are set as text nodes only. */
export function wordsFor(
  screen: Screen,
  flow: Flow | undefined,
  language: Language,
): [title: string, sentence: string] {
  const say = speak(language)
  const clean = (text: unknown) => `${text ?? ''}`.replace(controls, '').trim()
  const name = (key: 'app' | 'account') => {
    const own = clean(flow?.[key]?.name).replace(tooLong, '$1…')
    return say(own ? 'quote' : key, own)
  }
  const [heading = '', sentence = ''] = screens[keyOf(screen, flow)].split('|').slice(language === 'en' ? 2 : 0)
  // In WeChat itself nothing is scanned.
  const kind = flow?.kind === 'bind' ? 'bind' : screen === 'wechat' ? 'inside' : 'login'
  const names = { app: name('app'), account: name('account') }
  return [heading || clean(flow?.purpose) || say(kind), fill(sentence, names)]
}

function keyOf(screen: Screen, flow: Flow | undefined): keyof typeof screens {
  // What follows a yes to a purpose, the site's page knows.
  if (screen === 'done' || screen === 'elsewhere')
    return flow?.purpose ? 'finishing' : flow?.kind === 'bind' ? 'linked' : 'done'
  if (screen === 'unfinished') return 'failed'
  const special = screen === 'waiting' ? flow?.entry : screen === 'failed' && flow?.reason
  // A newer server may have other entries and reasons: they get the sentence of their screen.
  return special && Object.hasOwn(screens, special) ? (special as keyof typeof screens) : screen
}
