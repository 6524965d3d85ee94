/** An HTTP/1.1 answer. The body is a view of memory that is used again: it is to be read at once or copied. */
export interface Answer {
  readonly status: number
  readonly head: string
  readonly body: Buffer
}

const headEnd = Buffer.from('\r\n\r\n')
const contentLength = /\r\ncontent-length: *(\d+)/i
const chunked = /\r\ntransfer-encoding: *chunked/i

/**
 * Reads answers of one connection, one at a time, as they come without pipelining.
 *
 * Knows as much of HTTP as the servers measured here use: a length, chunks, or no body at all.
 */
export class AnswerReader {
  #pending: Buffer | undefined

  /** The answer that these bytes complete, or `undefined` while more is needed. */
  read(bytes: Buffer): Answer | undefined {
    const all = this.#pending === undefined ? bytes : Buffer.concat([this.#pending, bytes])
    const answer = parse(all)
    // Kept as a copy, because the bytes are the connection's and the next read overwrites them.
    this.#pending = answer !== undefined ? undefined : this.#pending === undefined ? Buffer.from(all) : all
    return answer
  }
}

function parse(all: Buffer): Answer | undefined {
  const end = all.indexOf(headEnd)
  if (end === -1) return undefined
  const head = all.toString('latin1', 0, end)
  const status = Number(head.slice(9, 12))
  const start = end + headEnd.length
  const length = contentLength.exec(head)?.[1]
  if (length !== undefined) return take(all, { status, head, start, length: Number(length) })
  if (chunked.test(head)) return takeChunks(all, { status, head, start })
  return take(all, { status, head, start, length: 0 })
}

function take(
  all: Buffer,
  { status, head, start, length }: { status: number; head: string; start: number; length: number },
): Answer | undefined {
  if (all.length < start + length) return undefined
  if (all.length > start + length) throw new Error('A server sent more than it was asked for')
  return { status, head, body: all.subarray(start, start + length) }
}

function takeChunks(
  all: Buffer,
  { status, head, start }: { status: number; head: string; start: number },
): Answer | undefined {
  const chunks: Buffer[] = []
  for (let at = start; ; ) {
    const lineEnd = all.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(all.toString('latin1', at, lineEnd), 16)
    const next = lineEnd + 2 + size + 2
    if (all.length < next) return undefined
    if (size === 0) return { status, head, body: Buffer.concat(chunks) }
    chunks.push(all.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = next
  }
}
