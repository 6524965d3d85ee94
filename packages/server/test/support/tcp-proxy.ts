import { connect, createServer, type Server, type Socket } from 'node:net'

/** What the proxy does with the bytes of a connection. */
export type Weather =
  /** They pass. */
  | 'fair'
  /** New connections are closed at once. */
  | 'refusing'
  /** Nothing passes and nobody is told: as when a cable is pulled. */
  | 'swallowing'
  /** What is asked passes, and answers are lost without a word. */
  | 'muting'
  /** Everything passes, each way so many milliseconds late. */
  | { readonly lateByMs: number }

/** A network between a server and its database that fails when it is told to. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #pairs = new Set<{ readonly client: Socket; readonly upstream: Socket }>()
  /** One for each connection: it resolves when both sides have been told that it is over. */
  readonly #ends = new Set<Promise<void>>()
  #weather: Weather = 'fair'
  #cutBeforeAnswer: Buffer | undefined
  /** Which question does not pass any more: the first with this text in it, after so many others. */
  #lastQuestion: { readonly text: Buffer; passing: number } | undefined
  #isCut: (() => void) | undefined

  private constructor(server: Server, port: number, upstreamPort: number) {
    this.#server = server
    this.port = port
    server.on('connection', (client) => this.#accept(client, upstreamPort))
  }

  static start(upstreamPort: number): Promise<TcpProxy> {
    // Else a small answer waits 40 ms for the acknowledgement of the one before.
    const server = createServer({ noDelay: true })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        if (address === null || typeof address === 'string') reject(new Error('The proxy has no port'))
        else resolve(new TcpProxy(server, address.port, upstreamPort))
      })
    })
  }

  /** Cuts every connection. New ones are made as if nothing had been, unless the weather is bad. */
  cut(): void {
    for (const { client, upstream } of this.#pairs) {
      client.destroy()
      upstream.destroy()
    }
    this.#pairs.clear()
    this.#isCut?.()
    this.#isCut = undefined
  }

  /** Resolves when nothing leads through it any more, and both sides have been told. */
  async isDeserted(): Promise<void> {
    await Promise.all(this.#ends)
  }

  become(weather: Weather): void {
    this.#weather = weather
  }

  /** Cuts everything in place of passing the first answer that contains a text. Resolves when that has happened. */
  cutBeforeAnswer(text: string): Promise<void> {
    this.#cutBeforeAnswer = Buffer.from(text)
    return new Promise((resolve) => {
      this.#isCut = resolve
    })
  }

  /**
   * Cuts everything in place of passing what is asked next. Resolves when that has happened.
   *
   * @param which.text - Only a question with this text in it counts.
   * @param which.passing - How many such questions pass before that one.
   */
  cutBeforeQuestion({
    text = '',
    passing = 0,
  }: {
    readonly text?: string
    readonly passing?: number
  } = {}): Promise<void> {
    this.#lastQuestion = { text: Buffer.from(text), passing }
    return new Promise((resolve) => {
      this.#isCut = resolve
    })
  }

  /** Forgets what it was to cut; whether it had not come to that. */
  calmDown(): boolean {
    const wasWaiting = this.#lastQuestion !== undefined || this.#cutBeforeAnswer !== undefined
    this.#lastQuestion = undefined
    this.#cutBeforeAnswer = undefined
    return wasWaiting
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(client: Socket, upstreamPort: number): void {
    if (this.#weather === 'refusing') {
      client.destroy()
      return
    }
    const upstream = connect({ port: upstreamPort, host: '127.0.0.1', noDelay: true })
    const pair = { client, upstream }
    this.#pairs.add(pair)
    const closed = Promise.all(
      [client, upstream].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    )
    const over = closed.then(() => void this.#ends.delete(over))
    this.#ends.add(over)
    const end = () => {
      this.#pairs.delete(pair)
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end)
    const ask = this.#passing(upstream)
    const answer = this.#passing(client)
    client.on('data', (bytes) => {
      if (this.#weather === 'swallowing') return
      if (this.#isLastQuestion(bytes)) {
        this.#lastQuestion = undefined
        this.cut()
        return
      }
      ask(bytes)
    })
    upstream.on('data', (bytes) => {
      if (this.#weather === 'swallowing' || this.#weather === 'muting') return
      if (this.#cutBeforeAnswer !== undefined && bytes.includes(this.#cutBeforeAnswer)) {
        this.#cutBeforeAnswer = undefined
        this.cut()
      } else answer(bytes)
    })
  }

  /** Passes bytes on, late where the weather says so, and always in their order. */
  #passing(to: Socket): (bytes: Buffer) => void {
    let isLate = false
    let last = Promise.resolve()
    return (bytes) => {
      isLate ||= typeof this.#weather === 'object'
      if (!isLate) {
        to.write(bytes)
        return
      }
      const lateByMs = typeof this.#weather === 'object' ? this.#weather.lateByMs : 0
      const due = new Promise((resolve) => setTimeout(resolve, lateByMs))
      last = Promise.all([last, due]).then(() => void (to.destroyed || to.write(bytes)))
    }
  }

  #isLastQuestion(bytes: Buffer): boolean {
    if (this.#lastQuestion === undefined || !bytes.includes(this.#lastQuestion.text)) return false
    this.#lastQuestion.passing -= 1
    return this.#lastQuestion.passing < 0
  }
}
