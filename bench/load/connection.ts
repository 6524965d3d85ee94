import { connect, type Socket } from 'node:net'
import { type Answer, AnswerReader } from './answer-reader.ts'

/** Larger than any answer of the servers measured here, so that most come in one read. */
const readBytes = 65_536

/** One keep-alive connection that carries one request at a time. */
export class Connection {
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  #answered: ((answer: Answer) => void) | undefined
  #lost: (error: Error) => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        // The socket's own stream would allocate for every read; this reads into the same memory again and again.
        onread: {
          buffer: Buffer.allocUnsafeSlow(readBytes),
          callback: (length, memory) => {
            connection.#received(Buffer.from(memory.buffer, memory.byteOffset, length))
            return true
          },
        },
      })
      const connection = new Connection(socket)
      connection.#lost = reject
      socket.on('error', (error) => connection.#lost(error))
      socket.on('end', () => connection.#lost(new Error('The server closed a connection')))
      socket.once('connect', () => resolve(connection))
    })
  }

  /** Sends a request and tells of its answer. The one before must have been answered. */
  send(request: Uint8Array | string, answered: (answer: Answer) => void): void {
    this.#answered = answered
    this.#socket.write(request)
  }

  /** What to do when the server closes the connection, which ends a measurement. */
  onLost(lost: (error: Error) => void): void {
    this.#lost = lost
  }

  close(): void {
    this.#lost = () => {}
    this.#socket.destroy()
  }

  #received(bytes: Buffer): void {
    const answer = this.#reader.read(bytes)
    if (answer === undefined) return
    const answered = this.#answered
    this.#answered = undefined
    if (answered === undefined) throw new Error('A server answered what it was not asked')
    answered(answer)
  }
}
