import type { Language } from '../people.ts'

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const STYLE = `
body{margin:0;font:16px/1.6 -apple-system,BlinkMacSystemFont,"PingFang SC","Noto Sans CJK SC",sans-serif;color:#191919;background:#fff}
main{max-width:22rem;margin:0 auto;padding:3.5rem 1.5rem;text-align:center}
h1{font-size:1.25rem;font-weight:600;margin:.5rem 0 1.5rem}
p{margin:.5rem 0;color:#5b5b5b}
ul{list-style:none;margin:1.5rem 0;padding:1rem 0 0;border-top:1px solid #ececec;text-align:left;color:#5b5b5b}
button{display:block;width:12rem;margin:.75rem auto;padding:.6rem;border:0;border-radius:.5rem;font:inherit;font-weight:600;cursor:pointer}
button.allow{background:#07c160;color:#fff}
button.decline{background:#f2f2f2;color:#06ae56}
button:focus-visible{outline:3px solid #10aeff;outline-offset:2px}
.mark{font-size:2.5rem;line-height:1}
@media (prefers-color-scheme:dark){body{background:#191919;color:#d5d5d5}p,ul{color:#9b9b9b}ul{border-color:#2f2f2f}button.decline{background:#2f2f2f}}
`

/** A page of the platform; `body` is HTML already. */
export function page(language: Language, title: string, body: string): string {
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main>${body}</main></body>
</html>
`
}

export function messagePage(language: Language, title: string, text: string): string {
  return page(
    language,
    title,
    `<p class="mark" aria-hidden="true">ⓘ</p><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>`,
  )
}
