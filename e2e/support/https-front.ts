import { request as askUpstream, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { selfSignedCertificate } from './certificate.ts'

/** What ends TLS in front of a server, as a proxy does in production. */
export interface HttpsFront extends AsyncDisposable {
  /**
   * Holds the next answer to a path back, from its first byte.
   *
   * @returns Once the server has given that answer: what lets it go on its way.
   */
  holdAnswer(path: string): Promise<() => void>
}

/** Starts one at `127.0.0.1`. */
export async function startHttpsFront(port: number, upstreamPort: number): Promise<HttpsFront> {
  let hold: { readonly path: string; readonly held: (release: () => void) => void } | undefined

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const headers = {
      ...request.headers,
      'x-forwarded-proto': 'https',
      'x-forwarded-for': request.socket.remoteAddress ?? '',
    }
    const { method, url: path = '' } = request
    const upstream = askUpstream({ host: '127.0.0.1', port: upstreamPort, method, path, headers }, (answer) => {
      const pass = () => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      }
      if (hold === undefined || path.split('?')[0] !== hold.path) return pass()
      const { held } = hold
      hold = undefined
      return held(pass)
    })
    upstream.on('error', () => response.destroy())
    request.pipe(upstream)
  }

  const server = createServer(selfSignedCertificate(), forward)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    holdAnswer: (path) =>
      new Promise((resolve) => {
        hold = { path, held: resolve }
      }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
