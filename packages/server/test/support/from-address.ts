/** Requests from many places: through a proxy on this machine that the server trusts to say from where. */
import { authorizeQuery, password } from './members.ts'
import { quickHasher } from './quick-hasher.ts'
import { type Received, type Sent, send } from './send.ts'
import { type Served, startTestServer, type TestServer, type TestServerOptions } from './test-server.ts'

/** A server that believes the forwarding headers of this machine, and checks passwords in no time. */
export function startProxiedServer(options: TestServerOptions = {}): Promise<TestServer> {
  return startTestServer({
    decorateHasher: quickHasher,
    ...options,
    environment: { ADJOURN_TRUSTED_PROXIES: '127.0.0.1', ...options.environment },
  })
}

/** Sends a request as if it came from an address. */
export function sendFrom(address: string, url: string, sent: Sent = {}): Promise<Received> {
  return send(url, { ...sent, headers: { 'x-forwarded-for': address, ...sent.headers } })
}

/** Logs in by the API from an address; with the right password unless told. */
export function logInFrom(address: string, server: Served, email: string, given = password): Promise<Received> {
  return sendFrom(address, `${server.url}/v2/login`, { json: { loginId: { email }, password: given } })
}

/** Logs in by the login page from an address. */
export function logInByFormFrom(address: string, server: Served, email: string, given = password): Promise<Received> {
  return sendFrom(address, `${server.url}/oauth2/authorize`, {
    headers: { origin: server.url, 'sec-fetch-site': 'same-origin' },
    form: {
      ...Object.fromEntries(new URLSearchParams(authorizeQuery(server.client, { prompt: 'login' }))),
      email,
      password: given,
    },
  })
}

/** Seconds after which an answer says to try again. */
export function retryAfterOf(answer: Received): number {
  return Number(answer.headers['retry-after'])
}

/** A public address for each number up to some tens of thousands, each in a network of its own. */
export function addressOf(index: number): string {
  return `198.${18 + Math.floor(index / 256)}.${index % 256}.7`
}
