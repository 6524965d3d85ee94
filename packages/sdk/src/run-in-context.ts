import { AsyncLocalStorage } from 'node:async_hooks'
import { type ContextClient, findClientBy } from './context.ts'

// An effect of the import, in a package that says it has none: a bundler may leave this file out, but only where nobody uses it.
const clients = new AsyncLocalStorage<ContextClient>()
findClientBy(() => clients.getStore())

/**
 * Runs work in which methods that are called by themselves are made by a client: that of one request, whatever other requests
 * are served meanwhile.
 *
 * @example
 * ```ts
 * await runInContext(client, () => authentication.logout())
 * ```
 */
export function runInContext<T>(client: { readonly asContext: ContextClient }, work: () => T): T {
  return clients.run(client.asContext, work)
}
