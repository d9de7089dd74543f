/**
 * The look. Every colour and size is a custom property of the host with a default per theme; `--_x` is what the rules read,
 * `--hufu-x` is what a page sets.
 */
const light = `--_accent:var(--hufu-accent,#07c160);--_strong:var(--hufu-accent-text,#06753c);--_on:var(--hufu-on-accent,#fff);
--_bg:var(--hufu-background,#fff);--_text:var(--hufu-text,#1b1f1d);--_muted:var(--hufu-muted,#626b66);
--_soft:var(--hufu-soft,#f3f6f4);--_line:var(--hufu-border,#e5eae7);--_bad:var(--hufu-danger,#b3372b);
--_warn:var(--hufu-warning,#c77700);--_shadow:var(--hufu-shadow,0 1px 2px #0f1f160a,0 12px 32px -8px #0f1f1626)`

const dark = `--_accent:var(--hufu-accent,#07c160);--_strong:var(--hufu-accent-text,#3ddc84);--_on:var(--hufu-on-accent,#06210f);
--_bg:var(--hufu-background,#1c1f1e);--_text:var(--hufu-text,#eef2ef);--_muted:var(--hufu-muted,#a3ada7);
--_soft:var(--hufu-soft,#262b29);--_line:var(--hufu-border,#343a37);--_bad:var(--hufu-danger,#ff8a7a);
--_warn:var(--hufu-warning,#f0b04a);--_shadow:var(--hufu-shadow,0 1px 2px #0006,0 12px 32px -8px #0009)`

const host = `
:host{${light};display:block;width:100%;max-width:340px;margin-inline:auto;color-scheme:light;
font:400 14px/1.5 var(--hufu-font,system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans SC",sans-serif)}
:host([hidden]){display:none}
@media (prefers-color-scheme:dark){:host(:not([theme=light])){${dark};color-scheme:dark}}
:host([theme=dark]){${dark};color-scheme:dark}
*,:before,:after{box-sizing:border-box}
[hidden]{display:none!important}
p,form{margin:0}
.away{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
`

const card = `
.card{position:relative;display:flex;flex-direction:column;align-items:center;padding:var(--hufu-padding,28px 24px 20px);
text-align:center;color:var(--_text);background:var(--_bg);border:1px solid var(--_line);
border-radius:var(--hufu-radius,20px);box-shadow:var(--_shadow);overflow-wrap:anywhere;outline:0}
.status{display:flex;flex-direction:column;gap:4px;width:100%;min-height:72px;margin-bottom:20px;text-wrap:balance}
.title{font-size:19px;font-weight:600;line-height:1.4;letter-spacing:.01em}
.text{color:var(--_muted)}
.notice{display:inline-flex;align-items:center;gap:8px;margin-top:14px;padding:5px 12px;border-radius:99px;font-size:13px;
color:var(--_text);background:var(--_soft);text-align:start}
.notice:before{content:"";flex:none;width:7px;height:7px;border-radius:50%;background:var(--_warn)}
`

const stage = `
.stage{position:relative;display:grid;place-items:center;width:calc(var(--hufu-qr-size,200px) + 28px);max-width:100%;aspect-ratio:1;
border-radius:20px;background:var(--_soft);transition:background .3s}
.stage>*{grid-area:1/1}
.stage[data-mood=qr]{background:var(--hufu-qr-background,#fff)}
.ring{position:absolute;inset:0;width:100%;height:100%;fill:none;stroke-width:3;pointer-events:none}
.track{stroke:var(--_line)}
.left{stroke:var(--_accent);stroke-linecap:round;stroke-dasharray:100;transition:stroke-dashoffset 1s linear,stroke .5s}
.left.soon{stroke:var(--_warn)}
.qr{width:var(--hufu-qr-size,200px);max-width:calc(100% - 28px);aspect-ratio:1;color:var(--hufu-qr-color,#111);transition:opacity .3s,filter .3s}
.qr svg{display:block;width:100%;height:100%}
[data-screen=expired] .qr{opacity:.14;filter:blur(3px);color:var(--_text)}
[data-screen=expired] .stage{cursor:pointer}
.badge{position:relative;display:grid;place-items:center;width:88px;height:88px;border-radius:50%;color:var(--_strong);
background:color-mix(in srgb,var(--_accent) 14%,var(--_bg));animation:pop .35s cubic-bezier(.2,.9,.3,1.2)}
.badge svg{width:44px;height:44px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
[data-mood=bad] .badge{color:var(--_bad);background:color-mix(in srgb,var(--_bad) 12%,var(--_bg))}
[data-mood=quiet] .badge{color:var(--_muted);background:color-mix(in srgb,var(--_muted) 14%,var(--_bg))}
[data-mood=good] .badge{color:var(--_on);background:var(--_accent)}
[data-mood=good] .badge path{stroke-dasharray:30;animation:draw .5s .15s ease-out both}
[data-mood=phone] .badge:after{content:"";position:absolute;inset:0;border-radius:50%;border:2px solid var(--_accent);
animation:pulse 2.2s ease-out infinite}
.number{font-size:96px;font-weight:650;line-height:1;letter-spacing:.08em;margin-right:-.08em;font-variant-numeric:tabular-nums;
color:var(--_strong);animation:pop .35s cubic-bezier(.2,.9,.3,1.2)}
.spinner{width:44px;height:44px;border-radius:50%;border:3px solid var(--_line);border-top-color:var(--_accent);animation:turn 1s linear infinite}
`

const controls = `
.button,.plain{font:inherit;cursor:pointer;-webkit-tap-highlight-color:transparent}
.button{display:inline-block;min-width:148px;margin-top:18px;padding:10px 24px;border:0;border-radius:12px;font-size:15px;font-weight:600;
text-decoration:none;color:var(--_strong);background:color-mix(in srgb,var(--_accent) 14%,var(--_bg));transition:background .2s}
.button:hover{background:color-mix(in srgb,var(--_accent) 22%,var(--_bg))}
.button.solid{color:var(--_on);background:var(--_strong)}
.button.solid:hover{background:color-mix(in srgb,var(--_strong) 88%,var(--_text))}
.plain{margin-top:12px;padding:4px 8px;border:0;border-radius:8px;font-size:13px;color:var(--_muted);background:0}
.plain:hover,summary:hover{color:var(--_text)}
.button:focus-visible,.plain:focus-visible,summary:focus-visible,input:focus-visible,.card:focus-visible{outline:2px solid var(--_strong);outline-offset:2px}
.time{margin-top:14px;font-size:13px;color:var(--_muted);font-variant-numeric:tabular-nums}
.time:empty{display:none}
.code{display:flex;flex-direction:column;align-items:center;width:100%;padding:0 12px}
.code input{width:100%;padding:10px 0;border:1.5px solid var(--_line);border-radius:12px;font:600 28px/1.2 ui-monospace,Menlo,Consolas,monospace;
letter-spacing:.28em;text-indent:.28em;text-align:center;color:var(--_text);background:var(--_bg)}
.code input[aria-invalid=true]{border-color:var(--_bad)}
.code input:read-only{opacity:.55}
.code .button{margin-top:12px}
.error{min-height:20px;margin-top:10px;font-size:13px;line-height:20px;color:var(--_bad)}
details{width:100%;margin-top:6px;font-size:13px;color:var(--_muted)}
summary{display:inline-block;padding:4px 8px;border-radius:8px;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary:after{content:"";display:inline-block;width:6px;height:6px;margin:0 0 2px 7px;border:solid;border-width:0 1.5px 1.5px 0;transform:rotate(45deg);transition:transform .2s}
[open] summary:after{transform:rotate(225deg);margin-bottom:-1px}
.link{display:block;max-height:62px;overflow:auto;margin:8px 0 0;padding:8px 10px;border-radius:10px;font-size:12px;word-break:break-all;text-align:start;
color:var(--_strong);background:var(--_soft)}
details .plain{margin-top:6px;color:var(--_strong);font-weight:600}
`

const motion = `
@keyframes pop{from{opacity:0;transform:scale(.8)}}
@keyframes draw{from{stroke-dashoffset:30}}
@keyframes pulse{from{opacity:.7}to{opacity:0;transform:scale(1.35)}}
@keyframes turn{to{transform:rotate(1turn)}}
@keyframes shake{25%{transform:translateX(-4px)}75%{transform:translateX(4px)}}
.code input[aria-invalid=true]{animation:shake .15s 2}
@media (prefers-reduced-motion:reduce){*,:before,:after{animation:none!important;transition:none!important}}
@media (forced-colors:active){.left{stroke:Highlight}.qr{forced-color-adjust:none}}
`

export const css = host + card + stage + controls + motion
