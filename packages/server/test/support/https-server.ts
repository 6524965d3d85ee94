import { createServer } from 'node:net'
import { startTestServer, type TestServer, type TestServerOptions } from './test-server.ts'

/** The address that the outside knows in these tests. */
export const publicUrl = 'https://auth.example'

/**
 * Starts a server whose base URL is https, as behind a proxy that ends TLS. `url` is where it really listens, so that
 * tests can reach it; what it says of itself is `publicUrl`.
 */
export async function startHttpsServer(options: TestServerOptions = {}): Promise<TestServer> {
  const port = await freePort()
  const server = await startTestServer({
    ...options,
    environment: { ...options.environment, ADJOURN_BASE_URL: publicUrl, ADJOURN_PORT: String(port) },
  })
  return { ...server, url: `http://127.0.0.1:${port}` }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port)
        else reject(new Error('No port is free'))
      })
    })
  })
}
