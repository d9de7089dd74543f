import { h, setText, show } from './dom.ts'
import type { Messages } from './messages.ts'

/** The way in for people who cannot scan: an address to open in WeChat. */
export function createHelp() {
  const summary = h('summary', { part: 'help-summary' })
  const sentence = h('p')
  const link = h('a', { class: 'link', part: 'link' })
  const copy = h('button', { class: 'plain', part: 'copy', type: 'button' })
  const element = h('details', { part: 'help' }, summary, sentence, link, copy)
  const copied = h('span', { class: 'away', role: 'status' })
  element.append(copied)
  let words: Messages['label'] | undefined

  copy.addEventListener('click', () => {
    void copyText(link).then((ok) => {
      if (!ok || !words) return
      setText(copy, words.copied)
      setText(copied, words.copied)
    })
  })

  return {
    element,
    render(url: string | undefined, label: Messages['label']): void {
      words = label
      show(element, url !== undefined)
      if (!url) return
      setText(summary, label.help)
      setText(sentence, label.helpText)
      if (link.getAttribute('href') === url && copied.textContent) return
      setText(copy, label.copy)
      setText(copied, '')
      setText(link, url)
      link.href = url
    },
  }
}

/** Pages on plain http have no clipboard; there the address is selected, ready to be copied by hand. */
async function copyText(link: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(link.textContent ?? '')
    return true
  } catch {
    getSelection()?.selectAllChildren(link)
    return false
  }
}
