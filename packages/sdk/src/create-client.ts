import { type Auth, callAs } from './auth.ts'
import { type ContextClient, setPageClient } from './context.ts'
import { boundMethod, type InputOf, isMethod, type Method } from './method.ts'
import type { Connection } from './transport.ts'

/** Makes the `auth` of a client, once it is known where the server is. */
export type AuthStrategy<A extends Auth> = (connection: Connection) => A

/** A module of the API: methods, and what else it exports. */
export type ApiModule = Readonly<Record<string, unknown>>

/** The methods of a module as those of a client. */
export type Bound<Module extends ApiModule> = {
  readonly [Name in keyof Module as Module[Name] extends Method<never, unknown>
    ? Name
    : never]: Module[Name] extends Method<infer Input, infer Output>
    ? (...input: InputOf<Input>) => Promise<Output>
    : never
}

export interface ClientOptions<A extends Auth, Modules extends Readonly<Record<string, ApiModule>>> {
  /** The origin of the Adjourn server, such as `https://auth.shop.example`. */
  readonly baseUrl: string
  readonly auth: AuthStrategy<A>
  readonly modules?: Modules
  /** In place of the global one. It has to heed the `signal` that it is given. */
  readonly fetch?: typeof fetch
  /** After how long without an answer a call fails with `UnavailableError`; 20 seconds unless told. */
  readonly timeoutMs?: number
  /** The time in milliseconds since the epoch; that of this machine unless told. */
  readonly now?: () => number
}

export type Client<A extends Auth, Modules extends Readonly<Record<string, ApiModule>>> = {
  readonly [Name in keyof Modules]: Bound<Modules[Name]>
} & {
  readonly auth: A
  /**
   * Makes this the client of methods that are called by themselves on a page. A server uses `runInContext` in place of it.
   *
   * @throws {TypeError} When the client acts for the site, or on a server, where it would be lent to everybody.
   */
  enableContext(): void
  /** This client, as the context of methods that are called by themselves. */
  readonly asContext: ContextClient
}

/**
 * Makes a client of an Adjourn server. Nothing is sent before the first call.
 *
 * @throws {TypeError} When `baseUrl` is not an http or https origin, without a path, or a module has the name of something that every
 *   client has.
 *
 * @example
 * ```ts
 * const client = createClient({
 *   baseUrl,
 *   auth: OAuthStrategy({ clientId }),
 *   modules: { authentication },
 * })
 * const signOn = await client.auth.checkPassword({ email, password })
 * if (signOn.state === 'SUCCESS') await client.auth.signIn(signOn.sessionToken)
 * await client.authentication.changePassword({ newPassword: 'a new long passphrase' })
 * ```
 */
export function createClient<
  A extends Auth,
  Modules extends Readonly<Record<string, ApiModule>> = Record<never, never>,
>({
  baseUrl,
  auth: strategy,
  modules,
  fetch: given,
  timeoutMs = 20_000,
  now = Date.now,
}: ClientOptions<A, Modules>): Client<A, Modules> {
  // Looked up at each call: whoever replaces the global one later means this client too.
  const connection: Connection = {
    baseUrl: readBaseUrl(baseUrl),
    fetch: given ?? ((input, init) => globalThis.fetch(input, init)),
    timeoutMs,
    now: () => now(),
  }
  const auth = strategy(connection)
  const asContext: ContextClient = {
    elevated: auth.elevated,
    connection,
    call: (request) => callAs(auth, connection, request),
  }
  const bound = Object.entries(modules ?? {}).map(([name, exported]) => [name, bind(asContext, exported)])
  const own = { auth, asContext, enableContext: () => setPageClient(asContext) }
  const taken = bound.find(([name]) => Object.hasOwn(own, name as string))
  if (taken !== undefined) {
    throw new TypeError(`Cannot create a client as a module is named ${taken[0]}, which every client has of its own`)
  }
  return { ...Object.fromEntries(bound), ...own } as Client<A, Modules>
}

function bind(client: ContextClient, exported: ApiModule): object {
  const methods = Object.entries(exported).filter((entry): entry is [string, Method<unknown, unknown>] =>
    isMethod(entry[1]),
  )
  return Object.fromEntries(methods.map(([name, method]) => [name, boundMethod(client, method)]))
}

function readBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new TypeError(
      `Cannot create a client as baseUrl must be an http or https origin without a path, not ${JSON.stringify(text)}`,
    )
  }
  return url.origin
}
