import { expect, test } from 'vitest'
import { AnswerReader } from '../load/answer-reader.ts'

function readInParts(parts: readonly string[]) {
  const reader = new AnswerReader()
  return parts.map((part) => {
    const answer = reader.read(Buffer.from(part, 'latin1'))
    return answer === undefined ? undefined : { status: answer.status, body: answer.body.toString('latin1') }
  })
}

test('an answer with a length is read however it is cut', () => {
  const whole = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\nX: y\r\n\r\nhello'
  for (let cut = 1; cut < whole.length; cut += 1) {
    expect(readInParts([whole.slice(0, cut), whole.slice(cut)])).toEqual([undefined, { status: 401, body: 'hello' }])
  }
})

test('an answer in chunks is read however it is cut', () => {
  const whole = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n'
  for (let cut = 1; cut < whole.length; cut += 1) {
    const read = readInParts([whole.slice(0, cut), whole.slice(cut)])
    expect(read).toEqual([undefined, { status: 200, body: 'hello, world' }])
  }
})

test('an answer without a body ends with its head', () => {
  expect(readInParts(['HTTP/1.1 204 No Content\r\n\r\n'])).toEqual([{ status: 204, body: '' }])
})

test('one reader reads one answer after the other', () => {
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
  expect(readInParts([answer, answer.slice(0, 20), answer.slice(20)])).toEqual([
    { status: 200, body: 'ok' },
    undefined,
    { status: 200, body: 'ok' },
  ])
})

test('more than was asked for is an error', () => {
  expect(() => readInParts(['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1'])).toThrow(
    'more than it was asked',
  )
})
