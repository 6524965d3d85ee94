import type { Cause } from '../../domain/cause.ts'
import { worthSendingUntil } from '../../domain/mail.ts'
import type { Site } from '../../domain/site.ts'
import type { MailWriter } from '../../ports/mail-writer.ts'
import type { Proofs } from '../../ports/proofs.ts'
import type { NewMail } from '../../ports/storage.ts'
import { asHtml } from './as-html.ts'
import { asText } from './as-text.ts'
import type { Facts, Language } from './language.ts'
import { german } from './languages/de.ts'
import { english } from './languages/en.ts'
import { oneLine } from './one-line.ts'

const languages: readonly Language[] = [english, german]

type MailToWrite = Parameters<MailWriter['write']>[0]

/**
 * Writes mails by the templates of this folder.
 *
 * @param options.baseUrl - Where links lead: the configured one, whatever a request said that the host was.
 * @param options.proofs - Makes what links and codes prove themselves by.
 */
export function createMailWriter({
  baseUrl,
  proofs,
}: {
  readonly baseUrl: string
  readonly proofs: Pick<Proofs, 'recoveryToken' | 'code'>
}): MailWriter {
  return {
    write(mail, site) {
      const language = languageFor(mail, site)
      const facts = factsOf(mail, site, language)
      const { subject, paragraphs, linkLabel = '', afterwards = [] } = language.wordings[mail.kind](facts)
      const link = linkOf(mail, { baseUrl, proofs })
      const code = codeOf(mail, proofs)
      const closing = language.closing(facts)
      const { color, logoUrl } = site.settings.branding
      return {
        senderName: facts.site,
        subject: oneLine(subject),
        text: asText({ paragraphs, proof: link ?? code, afterwards, closing }),
        html: asHtml({
          language: language.code,
          subject,
          site: facts.site,
          color,
          logoUrl,
          paragraphs,
          link: link === null ? null : { href: link, label: linkLabel },
          code,
          afterwards,
          closing,
        }),
        link,
        code,
      }
    },
  }
}

function languageFor({ language }: MailToWrite, { settings }: Site): Language {
  const [found = english] = [language, settings.language].flatMap((wanted) =>
    languages.filter(({ code }) => code === wanted.toLowerCase()),
  )
  return found
}

function factsOf({ parameters, createdAt }: MailToWrite, site: Site, language: Language): Facts {
  const { branding } = site.settings
  const by = parameters['by']
  return {
    site: oneLine(branding.displayName === '' ? site.name : branding.displayName),
    when: language.moment(createdAt),
    goodFor: language.duration(Math.floor((worthSendingUntil({ parameters, createdAt }) - createdAt) / 60_000)),
    by: by === 'member' || by === 'administrator' ? by : undefined,
    // Wording only: a cause that has no words of its own is told as any other.
    cause: parameters['cause'] as Cause | undefined,
    email: oneLine(parameters['email'] ?? ''),
  }
}

function linkOf(
  { kind, parameters }: Pick<NewMail, 'kind' | 'parameters'>,
  { baseUrl, proofs }: { readonly baseUrl: string; readonly proofs: Pick<Proofs, 'recoveryToken'> },
): string | null {
  if (kind !== 'recovery' && kind !== 'activation' && kind !== 'already_registered') return null
  return `${baseUrl}/recover?recoveryToken=${proofs.recoveryToken(parameters['challenge'] ?? '')}`
}

function codeOf(
  { kind, parameters }: Pick<NewMail, 'kind' | 'parameters'>,
  proofs: Pick<Proofs, 'code'>,
): string | null {
  if (kind !== 'verification_code') return null
  return proofs.code(parameters['challenge'] ?? '', Number(parameters['codesSent']))
}
