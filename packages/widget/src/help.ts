import { h, setText } from './dom.ts'
import type { Say } from './words.ts'

/** The way in for people who cannot scan: an address to open in WeChat. */
export function createHelp() {
  const summary = h('summary', 'help-summary')
  const sentence = h('p', '')
  const link = h('a', 'link')
  const copy = h('button', 'plain copy', { 'aria-live': 'polite' })
  const element = h('details', 'help', {}, summary, sentence, link, copy)
  let copied = ''

  return {
    element,
    render(url: string | undefined, say: Say): void {
      element.hidden = !url
      if (!url) return
      setText(summary, say('help'))
      setText(sentence, say('address'))
      setText(copy, say(copied === url ? 'copied' : 'copy'))
      setText(link, url)
      link.href = url
      copy.onclick = async () => {
        try {
          await navigator.clipboard.writeText(url)
          copied = url
          setText(copy, say('copied'))
        } catch {
          // Pages on plain http have no clipboard; there the address is selected, ready to be copied by hand.
          getSelection()?.selectAllChildren(link)
        }
      }
    },
  }
}
