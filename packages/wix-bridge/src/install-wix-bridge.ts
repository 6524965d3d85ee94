import { addressAtServer } from './original-hosts.ts'

export interface WixBridgeOptions {
  /** The origin of the Adjourn server, such as `http://127.0.0.1:8787`. */
  readonly baseUrl: string
}

/** A bridge that is in place. */
export interface WixBridge {
  /** The origin that requests for the original hosts go to. */
  readonly baseUrl: string
  /** Takes the bridge away again. Does nothing where somebody has replaced `fetch` since, or when called twice. */
  uninstall(): void
}

/**
 * Sends what the official packages send to the original's two hosts to an Adjourn server, by replacing the global `fetch`,
 * which is the one way on which all of their calls go. Method, path, query, headers and body stay as they are, and requests
 * to every other host go where they went before.
 *
 * To be called before the first request; clients may have been created before. Works in Node, in other runtimes and in
 * browsers, where the server has to know the origin of the page.
 *
 * @returns The bridge, by which it is taken away again.
 * @throws {TypeError} When `baseUrl` is not an http or https origin, without a path.
 *
 * @example
 * ```ts
 * import { installWixBridge } from '@adjourn/wix-bridge'
 *
 * installWixBridge({ baseUrl: 'http://127.0.0.1:8787' })
 * ```
 */
export function installWixBridge({ baseUrl }: WixBridgeOptions): WixBridge {
  const server = readBaseUrl(baseUrl)
  const before = globalThis.fetch
  const bridged: typeof fetch = async (input, init) => {
    const address = addressAtServer(urlOf(input), server)
    if (address === undefined) return before(input, init)
    return before(input instanceof Request ? await requestTo(address, input, init) : address, init)
  }
  globalThis.fetch = bridged
  return {
    baseUrl: server.origin,
    uninstall: () => {
      if (globalThis.fetch === bridged) globalThis.fetch = before
    },
  }
}

/** A relative address, as pages have them, is relative to the page. Without a page it is never for one of the original hosts. */
function urlOf(input: Parameters<typeof fetch>[0]): URL {
  const text = input instanceof Request ? input.url : String(input)
  const { location } = globalThis as { readonly location?: { readonly href: string } }
  return URL.canParse(text, location?.href) ? new URL(text, location?.href) : new URL('relative:')
}

/**
 * The same request to another address. `new Request(address, request)` would have its body sent as a stream, which browsers do over
 * HTTP/2 alone.
 */
async function requestTo(address: URL, request: Request, init: RequestInit | undefined): Promise<Request> {
  const { method, headers, mode, credentials, cache, redirect, referrer, referrerPolicy } = request
  const { integrity, keepalive, signal } = request
  const mayHaveBody = method !== 'GET' && method !== 'HEAD' && init?.body == null
  return new Request(address, {
    ...{ method, headers, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive, signal },
    ...(mayHaveBody ? { body: await request.arrayBuffer() } : {}),
  })
}

function readBaseUrl(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  const isOrigin = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
  if (!isOrigin) {
    throw new TypeError(
      `Cannot install the bridge as baseUrl must be an http or https origin without a path, such as http://127.0.0.1:8787, not ${JSON.stringify(baseUrl)}`,
    )
  }
  return url
}
