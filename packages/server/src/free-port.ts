import { createServer } from 'node:net'

/**
 * Finds a port that nobody listens on. The base URL is part of what is served, so a port that the system picks must be known
 * before the routes are made.
 *
 * @param port - One to try; 0 lets the system pick.
 * @throws {Error} Of the system, with a `code` such as `EADDRINUSE`.
 */
export function freePort(host: string, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(port, host, () => {
      const address = probe.address()
      probe.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('No port is free')),
      )
    })
  })
}
