import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'

/** Takes every connection and resets it before a word is said, as a load balancer does whose server has just died. */
export class ResettingServer {
  readonly #server: Server
  connections = 0

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<ResettingServer> {
    const server = createServer()
    const resetting = new ResettingServer(server)
    server.on('connection', (socket) => {
      resetting.connections += 1
      // Once the other side has seen it made: sooner, it would be refused.
      setImmediate(() => socket.resetAndDestroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return resetting
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }
}
