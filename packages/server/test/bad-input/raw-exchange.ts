import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly setCookies: readonly string[]
  readonly text: string
}

/**
 * Sends bytes as they are, well-formed or not, and reads one answer. Resolves to `undefined` when the server closes the
 * connection without one.
 *
 * @param finish - Whether our half of the connection is closed after the bytes.
 */
export function exchangeBytes(
  url: string,
  bytes: string | Uint8Array | readonly (string | Uint8Array)[],
  { finish = false }: { readonly finish?: boolean } = {},
): Promise<RawAnswer | undefined> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let received = Buffer.alloc(0)
    const settle = () => {
      socket.destroy()
      resolve(answerIn(received, true))
    }
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (answerIn(received, false) !== undefined) settle()
    })
    socket.on('close', settle)
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // The server may close its side while we still write: what it said before counts.
      if (error.code === 'EPIPE' || error.code === 'ECONNRESET') settle()
      else reject(error)
    })
    for (const part of [bytes].flat()) socket.write(part as string)
    if (finish) socket.end()
  })
}

/** The answer that the bytes hold, once it is whole. Ours always say their length. */
function answerIn(received: Buffer, isOver: boolean): RawAnswer | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const [statusLine = '', ...lines] = received.subarray(0, headEnd).toString('latin1').split('\r\n')
  const pairs = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  const headers = Object.fromEntries(pairs)
  const body = received.subarray(headEnd + 4)
  const length = Number(headers['content-length'] ?? 0)
  if (body.length < length && !isOver) return undefined
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    setCookies: pairs.filter(([name]) => name === 'set-cookie').map(([, value]) => value),
    text: body.subarray(0, length).toString('utf8'),
  }
}
