/** The two hosts that the official packages send their requests to, unless their caller names another. */
const originalHosts: ReadonlySet<string> = new Set(['www.wixapis.com', 'edge.wixapis.com'])

/**
 * Where a request for one of the original hosts goes instead: the same path and query at the server.
 *
 * @returns `undefined` for a request to any other host, which is nobody's business here.
 */
export function addressAtServer(url: URL, server: URL): URL | undefined {
  // With a port it would be a server of somebody's own that happens to have such a name.
  if (!originalHosts.has(url.hostname) || url.port !== '') return undefined
  const address = new URL(url)
  address.protocol = server.protocol
  address.host = server.host
  // Setting a host without a port leaves the port of before; it had none.
  return address
}
