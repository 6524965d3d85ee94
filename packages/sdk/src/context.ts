import type { ApiRequest } from './transport.ts'

/** A client as methods that are called by themselves need it. */
export interface ContextClient {
  call(request: Omit<ApiRequest, 'authorization'>): Promise<unknown>
  /** Whether it acts for the site and not for a visitor or member. */
  readonly elevated: boolean
}

/** Finds the client of the context. A server has one for each request that it serves; a page has one. */
export type FindClient = () => ContextClient | undefined

let ofThePage: ContextClient | undefined
let findFirst: FindClient = () => undefined

/** Makes a client the one of the page. */
export function setPageClient(client: ContextClient): void {
  ofThePage = client
}

/** Looks elsewhere first. */
export function findClientBy(find: FindClient): void {
  findFirst = find
}

/** @throws {TypeError} When no client was made the one of the context. */
export function contextClient(): ContextClient {
  const client = findFirst() ?? ofThePage
  if (client === undefined) {
    throw new TypeError('Cannot call a method by itself as there is no client: call enableContext() of yours first')
  }
  return client
}
