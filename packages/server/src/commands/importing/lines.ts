import { createReadStream } from 'node:fs'

/** A place in a file of lines: how many of them lie before, and how many bytes. */
export interface Place {
  readonly line: number
  readonly offset: number
}

export interface Line {
  /** Counted from 1. */
  readonly number: number
  /** Without its end; `undefined` for one that is longer than any member is. */
  readonly bytes: Uint8Array | undefined
  /** Where the next one begins. */
  readonly after: Place
}

/** Far more than a member with a whole profile takes. */
export const lineBytesMax = 64 * 1024

const newline = 0x0a

/**
 * The lines of a file from a place on, read as they are asked for: the file may be larger than memory. A line that is too long is
 * passed over without being held.
 */
export async function* linesOf(path: string, from: Place): AsyncGenerator<Line> {
  let { line: number, offset } = from
  let parts: Uint8Array[] = []
  let length = 0
  const take = (ending: number): Line => {
    number += 1
    offset += length + ending
    const bytes = length > lineBytesMax ? undefined : Buffer.concat(parts)
    parts = []
    length = 0
    return { number, bytes, after: { line: number, offset } }
  }
  const add = (part: Uint8Array) => {
    length += part.length
    if (length > lineBytesMax) parts = []
    else if (part.length > 0) parts.push(part)
  }
  for await (const chunk of createReadStream(path, { start: offset })) {
    let begin = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, begin)) {
      add(chunk.subarray(begin, end))
      yield take(1)
      begin = end + 1
    }
    add(chunk.subarray(begin))
  }
  if (length > 0) yield take(0)
}
