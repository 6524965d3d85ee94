import { appearanceOf } from './appearance.ts'
import { type Html, html, nothing } from './escape.ts'
import { type Page, renderPage } from './layout.ts'
import { safeHref } from './safe-href.ts'
import { shownName, shownText } from './shown-value.ts'

/** A mail as the page shows it: as text, since the HTML of mails is for mail programs. */
export interface ShownMail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly link?: string
  readonly createdDate: string
}

/** The development mailbox. For developers, and in English. */
export function mailboxPage(mails: readonly ShownMail[]): Page {
  return renderPage(appearanceOf(undefined, []), {
    title: 'Mailbox',
    tone: 'plain',
    hasForm: false,
    content: html`<p class="quiet">Mails of this server, which are sent to nobody. The newest is first; <code>GET /dev/mail</code> has them as JSON.</p>
${mails.length === 0 ? html`<p>There is none yet.</p>` : mails.map(shown)}`,
  })
}

function shown({ to, subject, text, link, createdDate }: ShownMail): Html {
  const href = link === undefined ? undefined : safeHref(link)?.href
  return html`<section class="apart">
<p><strong><bdi>${shownText(subject)}</bdi></strong></p>
<p class="quiet">To <bdi>${shownName(to)}</bdi>, ${createdDate}</p>
${paragraphsOf(text)}
${href === undefined ? nothing : html`<p><a href="${href}">Follow the link of this mail</a></p>`}
</section>
`
}

function paragraphsOf(text: string): readonly Html[] {
  return text.split(/\n\n+/).map((paragraph) => html`<p>${shownText(paragraph)}</p>\n`)
}
