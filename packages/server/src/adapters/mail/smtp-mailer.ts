import type { createTransport } from 'nodemailer'
import { type Mailer, MailNotTaken, type MailTaken, type OutgoingMail } from '../../ports/mailer.ts'
import { oneLine } from './one-line.ts'

/** An SMTP server, and how it is spoken to. */
export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** `implicit`: from the first byte. `required`: the mail is not sent otherwise. `offered`: where the server offers it. */
  readonly encryption: 'implicit' | 'required' | 'offered' | 'none'
  readonly credentials: { readonly user: string; readonly password: string } | null
}

/** The sender of all mails. */
export interface MailSenderAddress {
  /** `null` for the name of the site. */
  readonly name: string | null
  readonly address: string
}

/** As many mails at once as a relay of any size takes without complaint. */
const connectionsMax = 5
const connectWithinMs = 10_000
const answerWithinMs = 30_000

/** How long handing a mail over takes at most; then it is given up, before anybody else is given the same mail. */
const sendWithinMs = 60_000

type Transport = Pick<ReturnType<typeof createTransport>, 'close'> & {
  sendMail(mail: object): Promise<unknown>
}

/** Hands mails to an SMTP server, over connections that are used again. */
export class SmtpMailer implements Mailer {
  readonly #server: SmtpServer
  readonly #from: MailSenderAddress
  #transport: Promise<Transport> | undefined

  constructor(server: SmtpServer, from: MailSenderAddress) {
    this.#server = server
    this.#from = from
  }

  async send(mail: OutgoingMail): Promise<MailTaken> {
    this.#transport ??= openTransport(this.#server)
    const transport = await this.#transport
    const { address, name } = this.#from
    try {
      await transport.sendMail({
        // Given apart, so that nobody reads a name for an address.
        from: { name: oneLine(name ?? mail.senderName), address },
        to: { name: '', address: mail.recipient },
        envelope: { from: address, to: [mail.recipient] },
        messageId: `<${mail.reference}@${address.slice(address.lastIndexOf('@') + 1)}>`,
        date: new Date(mail.at),
        subject: oneLine(mail.subject),
        text: mail.text,
        html: mail.html,
        // No answer by a machine is wanted (RFC 3834 section 5).
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
        signal: AbortSignal.timeout(sendWithinMs),
      })
      return { outcome: 'taken' }
    } catch (error) {
      const because = sentenceOf(error)
      if (isRefusalForGood(error)) return { outcome: 'refused', because }
      throw new MailNotTaken(because)
    }
  }

  async close(): Promise<void> {
    const transport = await this.#transport
    transport?.close()
  }
}

/** Loaded with the first mail: a start has no use for it. */
async function openTransport({ host, port, encryption, credentials }: SmtpServer): Promise<Transport> {
  const { createTransport } = await import('nodemailer')
  return createTransport({
    pool: true,
    maxConnections: connectionsMax,
    // Whoever sends decides about a repeat, and counts it.
    maxRequeues: 0,
    host,
    port,
    secure: encryption === 'implicit',
    requireTLS: encryption === 'required',
    ignoreTLS: encryption === 'none',
    ...(credentials === null ? {} : { auth: { user: credentials.user, pass: credentials.password } }),
    connectionTimeout: connectWithinMs,
    greetingTimeout: connectWithinMs,
    socketTimeout: answerWithinMs,
  })
}

interface SmtpFailure {
  readonly code?: unknown
  readonly command?: unknown
  readonly responseCode?: unknown
  readonly response?: unknown
}

/**
 * Whether the recipient or the mail itself was refused for good (RFC 5321 section 4.2.1: 5yz). A server that refuses the
 * sender or the credentials does so to every mail until somebody mends the configuration.
 */
function isRefusalForGood(error: unknown): boolean {
  const { command, responseCode } = error as SmtpFailure
  return typeof responseCode === 'number' && responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA')
}

/**
 * Why a mail was not taken, without the words of the server: they may repeat what the mail says, and with it a link or a code.
 */
function sentenceOf(error: unknown): string {
  const { code, command, responseCode, response } = error as SmtpFailure
  const step = typeof command === 'string' && /^[A-Z0-9 -]{1,20}$/.test(command) ? ` at ${command}` : ''
  if (typeof responseCode === 'number') {
    const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})(?=\s|$)/.exec(typeof response === 'string' ? response : '')?.[1]
    return `The SMTP server answered ${responseCode}${enhanced === undefined ? '' : ` ${enhanced}`}${step}`
  }
  const name = typeof code === 'string' && /^[A-Z0-9_]{1,30}$/.test(code) ? ` (${code})` : ''
  return `The SMTP server could not be spoken to${step}${name}`
}
