import { connect, createServer, type Server, type Socket } from 'node:net'

/** What the proxy does with the bytes of a connection. */
type Weather =
  /** They pass. */
  | 'fair'
  /** New connections are closed at once. */
  | 'refusing'
  /** Nothing passes and nobody is told: as when a cable is pulled. */
  | 'swallowing'

/** A network between a server and its database that fails when it is told to. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #pairs = new Set<{ readonly client: Socket; readonly upstream: Socket }>()
  /** One for each connection: it resolves when both sides have been told that it is over. */
  readonly #ends = new Set<Promise<void>>()
  #weather: Weather = 'fair'
  #cutBeforeAnswer: Buffer | undefined
  #cutBeforeQuestion: Buffer | undefined
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

  /** Cuts everything in place of passing what is asked next, or next with a text in it. Resolves when that has happened. */
  cutBeforeQuestion(text = ''): Promise<void> {
    this.#cutBeforeQuestion = Buffer.from(text)
    return new Promise((resolve) => {
      this.#isCut = resolve
    })
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
    client.on('data', (bytes) => {
      if (this.#weather === 'swallowing') return
      if (this.#cutBeforeQuestion !== undefined && bytes.includes(this.#cutBeforeQuestion)) {
        this.#cutBeforeQuestion = undefined
        this.cut()
      } else upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (this.#weather === 'swallowing') return
      if (this.#cutBeforeAnswer !== undefined && bytes.includes(this.#cutBeforeAnswer)) {
        this.#cutBeforeAnswer = undefined
        this.cut()
      } else client.write(bytes)
    })
  }
}
