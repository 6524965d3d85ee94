import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Stranger extends AsyncDisposable {
  readonly url: string
}

/** A server that is none of ours, as a proxy or a wrong address is, and answers everything alike. */
export async function startStranger(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<Stranger> {
  const server = createServer((request, response) => {
    request.resume()
    answer(response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
