import { SMTPServer } from 'smtp-server'
import { freePort } from './free-port.ts'

/** A mail as it came over the wire. */
export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: string
  /** Of the header, without regard to case; unfolded and as they were written. */
  header(name: string): string
}

/** An answer that is no success. */
export interface SmtpRefusal {
  readonly at: 'mail_from' | 'recipient' | 'data'
  readonly code: number
  readonly text: string
}

/** A real SMTP server on a free port of this machine, whose answers a test decides about. */
export class TestSmtpServer implements AsyncDisposable {
  readonly port: number
  readonly received: ReceivedMail[] = []
  /** The answer from now on; `undefined` for success. */
  refusal: SmtpRefusal | undefined
  /** While it is set, what was received is not answered. */
  #held: Promise<void> | undefined
  #letGo: () => void = () => {}
  readonly #user: { readonly name: string; readonly password: string } | undefined
  #waiting: { readonly count: number; readonly resolve: () => void }[] = []
  #server: SMTPServer | undefined

  private constructor(port: number, user: { readonly name: string; readonly password: string } | undefined) {
    this.port = port
    this.#user = user
  }

  /** @param user - Who alone may send. */
  static async start(user?: { readonly name: string; readonly password: string }): Promise<TestSmtpServer> {
    const server = new TestSmtpServer(await freePort(), user)
    await server.comeBack()
    return server
  }

  /** For `ADJOURN_SMTP_URL`. */
  get url(): string {
    return `smtp://127.0.0.1:${this.port}`
  }

  /** What a server needs in its environment to send by this one. */
  get environment(): Readonly<Record<string, string>> {
    return { ADJOURN_SMTP_URL: this.url, ADJOURN_MAIL_FROM: 'no-reply@shop.example' }
  }

  async comeBack(): Promise<void> {
    const user = this.#user
    const server = new SMTPServer({
      authOptional: user === undefined,
      allowInsecureAuth: true,
      logger: false,
      hideSTARTTLS: true,
      onAuth: ({ username, password }, _session, done) => {
        if (username === user?.name && password === user?.password) done(null, { user: username })
        else done(answerOf({ at: 'mail_from', code: 535, text: '5.7.8 Authentication failed' }))
      },
      onMailFrom: (_address, _session, done) => done(this.#refusalAt('mail_from')),
      onRcptTo: (_address, _session, done) => done(this.#refusalAt('recipient')),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          const raw = Buffer.concat(chunks).toString('utf8')
          const refusal = this.#refusalAt('data')
          const { mailFrom, rcptTo } = session.envelope
          const from = mailFrom === false ? '' : mailFrom.address
          const mail = {
            from,
            to: rcptTo.map(({ address }) => address),
            raw,
            header: (name: string) => headerOf(raw, name),
          }
          if (refusal === null) this.received.push(mail)
          this.#wakeWaiting()
          void (this.#held ?? Promise.resolve()).then(() => done(refusal))
        })
      },
    })
    server.on('error', () => {})
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
    this.#server = server
  }

  /** Goes away with every connection that is open. */
  async goAway(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    for (const connection of server.connections) connection.close()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  /** Takes mails and does not say so, until {@link goOn}. */
  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#letGo = resolve
    })
  }

  goOn(): void {
    this.#letGo()
    this.#held = undefined
  }

  /** Resolves when so many mails were received. */
  async receives(count: number): Promise<void> {
    if (this.received.length >= count) return
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.goOn()
    await this.goAway()
  }

  #refusalAt(at: SmtpRefusal['at']): Error | null {
    return this.refusal?.at === at ? answerOf(this.refusal) : null
  }

  #wakeWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = waiting.filter(({ count }) => count > this.received.length)
    for (const { count, resolve } of waiting) if (count <= this.received.length) resolve()
  }
}

function answerOf({ code, text }: SmtpRefusal): Error {
  return Object.assign(new Error(text), { responseCode: code })
}

function headerOf(raw: string, name: string): string {
  const [head = ''] = raw.split('\r\n\r\n')
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const found = lines.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
  return found.map((line) => line.slice(name.length + 1).trim()).join('\n')
}
