/** The look. What a page may change is a custom property of the host: a rule for `hufu-scan` in the page's sheet beats these. */
const dark = `color-scheme:dark;--hufu-strong:#3ddc84;--hufu-background:#1c1f1e;--hufu-text:#eef2ef;--hufu-muted:#a3ada7;
--hufu-danger:#ff8a7a`

const host = `
:host{color-scheme:light;--hufu-accent:#07c160;--hufu-tint:#07c16024;--hufu-strong:#06753c;--hufu-background:#fff;
--hufu-text:#1b1f1d;--hufu-muted:#626b66;--hufu-soft:#7a8a8217;--hufu-border:#7a8a8238;--hufu-danger:#b3372b;
--hufu-radius:20px;--hufu-qr-size:200px;--hufu-font:system-ui,sans-serif;display:block;max-width:340px;margin:auto}
@media (prefers-color-scheme:dark){:host(:not([theme=light])){${dark}}}
:host([theme=dark]){${dark}}
[hidden],:host([hidden]){display:none!important}
*{box-sizing:border-box;margin:0}
`

const card = `
.card{position:relative;display:flex;flex-direction:column;align-items:center;gap:12px;padding:24px;font:14px/1.5 var(--hufu-font);
text-align:center;word-break:keep-all;overflow-wrap:anywhere;color:var(--hufu-text);background:var(--hufu-background);border:1px solid var(--hufu-border);
border-radius:var(--hufu-radius);box-shadow:0 12px 32px -8px #0003;outline:0}
.status{width:100%;min-height:74px;text-wrap:balance}
.title,.chat{font-size:19px;font-weight:600}
.text,.time,.plain,.help{color:var(--hufu-muted)}
.notice,.link{padding:6px 12px;border-radius:12px;background:var(--hufu-soft)}
.away{position:absolute;clip-path:inset(50%)}
`

const stage = `
.stage{position:relative;display:grid;place-items:center;width:calc(var(--hufu-qr-size) + 28px);max-width:100%;aspect-ratio:1;
border-radius:20px;background:var(--hufu-soft);forced-color-adjust:none}
.stage>*{grid-area:1/1}
[data-screen=waiting] .stage{background:#fff}
.ring{position:absolute;width:100%;fill:none;stroke-width:3;stroke:var(--hufu-border);pointer-events:none}
.left{stroke:var(--hufu-accent);stroke-linecap:round;stroke-dasharray:100;transition:stroke-dashoffset 1s linear}
.soon .left{stroke:var(--hufu-danger)}
.qr{width:var(--hufu-qr-size);max-width:calc(100% - 28px)}
svg{display:block}
[data-screen=expired] .qr{opacity:.14;fill:var(--hufu-text)}
.badge{width:88px;padding:22px;border-radius:50%;color:var(--hufu-muted);background:var(--hufu-background)}
.badge,.number{animation:pop .3s}
.badge svg{fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
[data-icon=alert] .badge{color:var(--hufu-danger)}
[data-icon=check] .badge{color:#fff;background:var(--hufu-accent)}
[data-icon=phone] .badge,[data-screen=finishing] .badge{color:var(--hufu-strong);background:var(--hufu-tint)}
[data-screen=loading] .stage,[data-icon=phone] .badge,[data-screen=finishing] .badge{animation:pulse 2s infinite}
.number{font-size:96px;font-weight:600;color:var(--hufu-strong)}
`

const controls = `
.button,.plain{font:inherit;cursor:pointer;border:0;border-radius:12px}
.button{padding:12px 32px;font-weight:600;text-decoration:none;color:var(--hufu-strong);background:var(--hufu-tint)}
.solid{color:var(--hufu-background);background:var(--hufu-strong)}
.plain,summary{padding:12px 8px}.plain{background:0}
.button:hover,.plain:hover{opacity:.8}
form{display:grid;gap:12px;padding:0 20px}
input{width:100%;padding:8px 0;border:1px solid var(--hufu-border);border-radius:12px;font:600 27px monospace;letter-spacing:.2em;
text-align:center;color:var(--hufu-text);background:var(--hufu-background)}
input:read-only{opacity:.5}
.error{color:var(--hufu-danger)}
.link{display:block;margin-top:12px;color:var(--hufu-strong)}
`

const motion = `
@keyframes pop{from{opacity:0;transform:scale(.8)}}
@keyframes pulse{from{box-shadow:0 0 0 0 var(--hufu-tint)}to{box-shadow:0 0 0 28px #0000}}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
`

export const css = host + card + stage + controls + motion
