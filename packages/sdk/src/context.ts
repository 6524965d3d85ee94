import type { ApiRequest, Connection } from './transport.ts'

/** A client as methods that are called by themselves need it. */
export interface ContextClient {
  call(request: Omit<ApiRequest, 'authorization'>): Promise<unknown>
  /** Whether it acts for the site and not for a visitor or member. */
  readonly elevated: boolean
  readonly connection: Connection
}

/** Finds the client of the context. A server has one for each request that it serves; a page has one. */
export type FindClient = () => ContextClient | undefined

let ofThePage: ContextClient | undefined
let isOnServer = false
let findOfRequest: FindClient = () => undefined

/**
 * Makes a client the one of the page.
 *
 * @throws {TypeError} When it acts for the site, or this process serves the requests of many people.
 */
export function setPageClient(client: ContextClient): void {
  if (client.elevated) {
    throw new TypeError(
      'Cannot enable the context of a client that acts for the site: give it to runInContext for each call',
    )
  }
  if (isOnServer) {
    throw new TypeError(
      'Cannot enable one context for everybody on a server: give the client of each request to runInContext',
    )
  }
  ofThePage = client
}

/**
 * From here on this process serves the requests of many people: none is lent the client of a page, who may be somebody else. Whatever
 * only a server uses says so.
 */
export function serveRequests(): void {
  isOnServer = true
}

/** Finds the client of each request from here on. */
export function findClientBy(find: FindClient): void {
  serveRequests()
  findOfRequest = find
}

/** @throws {TypeError} When no client was made the one of the context. */
export function contextClient(): ContextClient {
  const client = isOnServer ? findOfRequest() : ofThePage
  if (client === undefined) {
    throw new TypeError(
      `Cannot call a method by itself as there is no client: ${isOnServer ? 'call it in runInContext' : 'call enableContext() of yours first'}`,
    )
  }
  return client
}
