import type { Socket } from 'node:net'
import type { Service } from '../../operations/service.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { strictTransport } from '../wire/common-headers.ts'
import { answerOf } from './answer.ts'
import { envelope } from './render.ts'

/**
 * Answers what is not HTTP, or too much of it: there is no request yet, so the bytes are written by hand. The connection
 * is closed, because nobody knows where the next request would begin.
 */
export function answerBrokenRequest(service: Pick<Service, 'randomness' | 'baseUrl' | 'measurements'>) {
  return (error: Error & { readonly code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
      socket.destroy()
      return
    }
    const answer = answerOf(refusalOf(error.code))
    service.measurements.refused(answer.code, 'not_http')
    const body = JSON.stringify(envelope(answer))
    socket.end(
      [
        `HTTP/1.1 ${answer.status} ${reasons[answer.status] ?? 'Bad Request'}`,
        'Content-Type: application/json; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Cache-Control: no-store',
        'X-Content-Type-Options: nosniff',
        'Referrer-Policy: no-referrer',
        ...(service.baseUrl.startsWith('https:') ? [`Strict-Transport-Security: ${strictTransport}`] : []),
        `X-Wix-Request-Id: ${service.randomness.guid()}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    )
  }
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

function refusalOf(code: string | undefined): ApplicationRefusal {
  if (code === 'HPE_HEADER_OVERFLOW') return new ApplicationRefusal('HEADERS_TOO_LARGE', 'The headers are too large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new ApplicationRefusal('REQUEST_TIMEOUT', 'The request took too long to arrive')
  }
  return new ApplicationRefusal('INVALID_ARGUMENT', 'The request is not valid HTTP')
}
