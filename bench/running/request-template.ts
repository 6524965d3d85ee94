import type { Request } from '../contender.ts'

/**
 * A request as it goes over the wire, with `{credential}` where the credential belongs.
 *
 * @param example - A credential: all of a kind have the same length, which the length of the body depends on.
 */
export function requestTemplate({ method, path, headers, body = '' }: Request, port: number, example: string): string {
  const bodyLength = Buffer.byteLength(body.replace('{credential}', example))
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value.replace('{port}', String(port))}`),
    ...(method === 'GET' ? [] : [`content-length: ${bodyLength}`]),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}
