/**
 * The inline styles. Each page has exactly one, named by its hash in the page's Content-Security-Policy.
 *
 * System fonts and no images, because nothing may be loaded. Text has a contrast of at least 4.5:1 and the edges of
 * fields and buttons at least 3:1 in both colour schemes (WCAG 2.2, criteria 1.4.3 and 1.4.11); buttons and fields are
 * at least 44 pixels high. Sizes are in rem, so that the reader's own font size counts.
 */

import { contrastOf, inkOn, mix, readableOn } from '../../domain/color.ts'
import { type Html, html } from './escape.ts'

const cards = { light: '#ffffff', dark: '#181c24' } as const

/**
 * The style of the pages that people read, in the colour of a site. Where that colour could not be read on the page, the
 * nearest one is taken that can.
 *
 * @param color - `#rrggbb`.
 */
export function pageStyle(color: string): Html {
  return html`
:root { ${accents(color, cards.light)} }
@media (prefers-color-scheme: dark) { :root { ${accents(color, cards.dark)} } }
${restOfStyle}`
}

function accents(color: string, card: string): string {
  const accent = readableOn(card, color, 4.5)
  const ink = inkOn(accent)
  // Away from the ink, so that what is written on it can be read as well.
  const hover = mix(accent, contrastOf(ink, '#ffffff') > contrastOf(ink, '#000000') ? '#ffffff' : '#000000', 0.18)
  return `--accent: ${accent}; --accent-hover: ${hover}; --on-accent: ${ink}`
}

const restOfStyle = html`
:root { color-scheme: light dark; --ground: #f3f4f7; --card: ${cards.light}; --ink: #1a1e26; --quiet: #525a68;
  --line: #d9dde4; --edge: #7a8394; --alarm: #a9231c; --alarm-ground: #fdeeec; --done: #1a7341 }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0f1218; --card: ${cards.dark}; --ink: #e8ebf1; --quiet: #a8b0be; --line: #323947; --edge: #7d8799;
    --alarm: #ffa198; --alarm-ground: #381a18; --done: #70d49c }
}
*, ::before, ::after { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body { margin: 0; min-height: 100vh; min-height: 100dvh; padding: clamp(1rem, 12vh, 8rem) 1rem 2rem;
  background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto,
  "Helvetica Neue", "Noto Sans", Arial, sans-serif }
.brand { max-width: 27rem; margin: 0 auto 1rem; font-size: 1.125rem; font-weight: 650; overflow-wrap: anywhere }
.brand img { display: block; max-width: 100%; height: 2.5rem; object-fit: contain; object-position: left }
main { max-width: 27rem; margin: 0 auto; padding: 1.75rem 1.5rem 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-top: 4px solid var(--accent); border-radius: .625rem; overflow-wrap: anywhere }
main.done { border-top-color: var(--done) }
main.problem { border-top-color: var(--alarm) }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; font-weight: 650; text-wrap: balance }
p { margin: 0 0 1rem }
.quiet { color: var(--quiet); font-size: .9375rem }
.alert { padding: .75rem .875rem; border: 1px solid var(--alarm); border-radius: .375rem;
  background: var(--alarm-ground); color: var(--alarm) }
dl { margin: 0 0 1.25rem; padding: .125rem .875rem; border: 1px solid var(--line); border-radius: .375rem }
dt { margin-top: .625rem; color: var(--quiet); font-size: .875rem }
dd { margin: 0 0 .625rem }
code { font: .9375rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace }
a { color: var(--accent) }
form { margin: 1.25rem 0 0 }
label { display: block; margin: 0 0 .375rem; font-weight: 600 }
input { display: block; width: 100%; min-height: 2.75rem; margin: 0 0 1.125rem; padding: .5rem .75rem;
  border: 1px solid var(--edge); border-radius: .375rem; background: var(--card); color: inherit; font: inherit }
.check { display: flex; gap: .5rem; align-items: center; min-height: 2.75rem }
.check label { margin: 0; font-weight: 400 }
.check input { flex: none; width: 1.25rem; min-height: 1.25rem; height: 1.25rem; margin: 0; accent-color: var(--accent) }
input.code { max-width: 12rem; font-size: 1.25rem; letter-spacing: .2em; font-variant-numeric: tabular-nums }
.hint { margin: -.625rem 0 1.125rem; color: var(--quiet); font-size: .875rem }
input[aria-invalid] { border-color: var(--alarm) }
button, a.button { display: block; width: 100%; min-height: 2.75rem; margin: .75rem 0 0; padding: .5625rem 1rem;
  border: 1px solid var(--accent); border-radius: .375rem; background: var(--accent); color: var(--on-accent);
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer }
button:hover, a.button:hover { border-color: var(--accent-hover); background: var(--accent-hover) }
button.second, a.second { border-color: var(--edge); background: transparent; color: var(--accent) }
button.second:hover, a.second:hover { border-color: var(--accent); background: transparent; color: var(--accent-hover) }
.after { margin: 1rem 0 0 }
.apart { margin: 1.5rem 0 0; padding: 1.25rem 0 0; border-top: 1px solid var(--line) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
main > :last-child, form > :last-child { margin-bottom: 0 }
`

/** For the few words that travel with a redirect: hardly ever seen, sent all the time, so as small as can be. */
export const tinyStyle = html`:root{color-scheme:light dark}body{max-width:30rem;margin:12vh auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}`
