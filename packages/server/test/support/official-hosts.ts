/**
 * Lets the official packages talk to a server of ours, unmodified: what they send to the original's hosts arrives here.
 */

/** The two hosts that the official packages call when they are configured with nothing. */
const officialHosts = ['www.wixapis.com', 'edge.wixapis.com']

/** The real one: a second redirection, for a second server, must not go through the first. */
const realFetch = globalThis.fetch

/** One request of the official packages as it left them, and the status of its answer. */
interface ClientRequest {
  /** The host they meant. */
  readonly host: string
  readonly method: string
  /** Path and query. */
  readonly address: string
  readonly headers: Headers
  /** The message, read as JSON; `undefined` without a body. */
  readonly message: unknown
  readonly status: number
}

export interface OfficialHosts extends Disposable {
  /** What was sent so far to the redirected hosts, in the order of the answers. */
  readonly requests: readonly ClientRequest[]
}

/**
 * Replaces the global `fetch` by one that sends requests for the official hosts to the server. Path, query, headers and
 * body stay as they are. Requests to the server itself pass; every other host is refused, so that nothing leaves the
 * machine unnoticed. Dispose of the result to get the old `fetch` back.
 *
 * @param serverUrl - Where the server listens, with its scheme.
 * @param moreHosts - Further host names to redirect: what a client was told by `host: { apiBaseUrl }`.
 */
export function redirectOfficialHosts(serverUrl: string, moreHosts: readonly string[] = []): OfficialHosts {
  const replaced = globalThis.fetch
  const server = new URL(serverUrl)
  const requests: ClientRequest[] = []
  globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const { host } = url
    if (host === server.host) return realFetch(input, init)
    if (![...officialHosts, ...moreHosts].includes(host)) throw new TypeError(`A request to ${host} was not expected`)
    url.protocol = server.protocol
    url.host = server.host
    const request = input instanceof Request ? new Request(input, init) : new Request(url, init)
    const message: unknown = request.body === null ? undefined : await request.clone().json()
    const answer = await realFetch(input instanceof Request ? new Request(url, request) : request)
    const { method, headers } = request
    requests.push({ host, method, address: `${url.pathname}${url.search}`, headers, message, status: answer.status })
    return answer
  }
  return {
    requests,
    [Symbol.dispose]: () => {
      globalThis.fetch = replaced
    },
  }
}
