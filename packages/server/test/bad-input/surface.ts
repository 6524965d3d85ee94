/** What the service takes, as its own OpenAPI document and its table of addresses say: the material of generated requests. */
import { addressesOf, type IdentityService } from '../../src/protocol/paths.ts'
import { send } from '../support/send.ts'
import type { TestServer } from '../support/test-server.ts'

/** As much of JSON Schema as the document uses. */
export interface Schema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly minItems?: number
  readonly maxLength?: number
  readonly pattern?: string
}

export type ErrorForm = 'identity' | 'oauth' | 'page'

export interface Route {
  readonly method: string
  /** The documented address first, then the others of the same method. */
  readonly addresses: readonly string[]
  readonly body: Schema | undefined
  readonly query: readonly string[]
  /** A query that has what is required, and nothing else. */
  readonly smallestQuery: string
  readonly description: string
  readonly errors: ErrorForm
  /** Whether a body may be JSON; a form is taken everywhere. */
  readonly takesJson: boolean
}

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly description?: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema?: Schema
  }[]
}

const maybeText = { anyOf: [{ type: 'string' }, { type: 'null' }] }

/** A page that people fill in, and the document leaves out. */
function pageRoutes(addresses: readonly string[], query: readonly string[], fields: readonly string[]): Route[] {
  const route = { addresses, query, smallestQuery: '', description: '', errors: 'page', takesJson: false } as const
  const properties = Object.fromEntries([...fields, ...query].map((name) => [name, maybeText]))
  return [
    { ...route, method: 'GET', body: undefined },
    { ...route, method: 'POST', body: { type: 'object', properties } },
  ]
}

const siteFlow = ['clientId', 'postFlowUrl', 'redirectSession']

/** The pages for signing in. The authorize endpoint is documented but for its form. */
const pages: readonly Route[] = [
  ...pageRoutes(addressesOf('oauth', '/authorize'), [], ['email', 'password', 'remember']).slice(1),
  ...pageRoutes(['/login'], siteFlow, ['email', 'password', 'remember']),
  ...pageRoutes(['/register'], siteFlow, ['email', 'password', 'remember']),
  ...pageRoutes(['/code'], siteFlow, ['code', 'stateToken', 'email', 'remember', 'intent']),
  ...pageRoutes(['/forgotten-password'], siteFlow, ['email']),
  // Its form goes to an address without the secret of its page.
  ...pageRoutes(['/recover'], ['recoveryToken'], []).slice(0, 1),
  ...pageRoutes(['/recover'], [], ['recoveryToken', 'password', 'intent']).slice(1),
]

/** Every route of the service with all its addresses. */
export async function surfaceOf(server: Pick<TestServer, 'url'>): Promise<readonly Route[]> {
  const { paths } = (await send(`${server.url}/openapi.json`)).json<{
    paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  }>()
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, operation]): Route => ({
        method: method.toUpperCase(),
        addresses: everyAddressOf(withParameters(path)),
        body: operation.requestBody?.content['application/json']?.schema,
        query: queryOf(operation).map(({ name }) => name),
        smallestQuery: smallestQueryOf(operation),
        description: operation.description ?? '',
        takesJson: true,
        errors: ['/oauth2/token', '/oauth/access'].includes(path)
          ? 'oauth'
          : path.endsWith('/authorize')
            ? 'page'
            : 'identity',
      }),
    ),
  )
  return [...documented, ...pages]
}

function queryOf({ parameters = [] }: Operation) {
  return parameters.filter((each) => each.in === 'query')
}

function smallestQueryOf(operation: Operation): string {
  const required = queryOf(operation).filter((each) => each.required === true)
  const given = required.map(({ name, schema = {} }): [string, string] => [name, String(smallestOf(schema))])
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

/** What stands in addresses for their parameters: of the right form, and nobody's. */
/** An id of the right form, and nobody's. */
export const nobody = '00000000-0000-4000-8000-000000000000'
const nobodys: Readonly<Record<string, string>> = {
  id: nobody,
  oAuthAppId: nobody,
  sessionId: '1',
  noticeId: '999999999999',
  mailId: '1',
}

function withParameters(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, (parameter, name: string) => nobodys[name] ?? parameter)
}

/** The methods that the identity API has, each below one of its services. */
const identityMethods: readonly (readonly [IdentityService, readonly string[]])[] = [
  [
    'authentication',
    ['/v1/logout', '/v2/register', '/v2/login', '/v2/sign-on', '/v2/validate-email', '/v2/change-password'],
  ],
  ['oauth', ['/token', '/token-info', '/user-info', '/jwks', '/authorize']],
  ['recovery', ['/v1/send-email', '/v1/activation-email', '/v1/recover']],
  ['verification', ['/v1/start', '/v1/auth/verify', '/v1/auth/resend']],
  ['signOnPolicy', ['/v1/sign-on-policies']],
  ['redirects', ['/v1/redirect-session']],
  [
    'oauthApps',
    ['', '/query', `/${nobody}`, `/${nobody}/generate-secret`, `/${nobody}/secret`].map(
      (path) => `/v1/oauth-apps${path}`,
    ),
  ],
]

/** Second names of methods. */
const otherNames: Readonly<Record<string, string>> = { '/token-info': '/token_info', '/v1/start': '/v1/Start' }

function everyAddressOf(documented: string): readonly string[] {
  for (const [service, methods] of identityMethods) {
    for (const method of methods) {
      const addresses = addressesOf(service, method)
      if (addresses[0] !== documented) continue
      return [
        ...addresses,
        ...addressesOf(service, otherNames[method] ?? method).filter((each) => !addresses.includes(each)),
      ]
    }
  }
  return [documented]
}

export const jsonTypes = ['string', 'number', 'boolean', 'object', 'array', 'null'] as const
export type JsonType = (typeof jsonTypes)[number]

/** A value of each type, which no field takes for another. */
export const valuesOf: Readonly<Record<JsonType, readonly unknown[]>> = {
  string: ['text'],
  number: [1, 1.5e300],
  boolean: [true, false],
  object: [{}, { length: 1 }],
  array: [[], ['text'], [['text']]],
  null: [null],
}

/** The types of JSON that a schema takes at all. */
export function typesTakenBy(schema: Schema): ReadonlySet<JsonType> {
  if (schema.anyOf !== undefined) return new Set(schema.anyOf.flatMap((each) => [...typesTakenBy(each)]))
  if (schema.enum !== undefined) return new Set(schema.enum.map(typeOf))
  if (schema.type === undefined) return new Set(jsonTypes)
  return new Set([schema.type === 'integer' ? 'number' : (schema.type as JsonType)])
}

/** A field somewhere in a message, and a message in which it alone holds a given value. */
export interface Field {
  readonly path: string
  readonly schema: Schema
  readonly messageWith: (value: unknown) => unknown
}

/** Every field of a message, also within objects and lists. What is required beside it is filled in. */
export function fieldsOf(schema: Schema): readonly Field[] {
  return fieldsBelow(schema, '', (value) => value)
}

function fieldsBelow(schema: Schema, path: string, place: (value: unknown) => unknown): readonly Field[] {
  const alternatives = schema.anyOf ?? [schema]
  return alternatives.flatMap((each): readonly Field[] => {
    if (each.items !== undefined) {
      const item = { path: `${path}.0`, schema: each.items, messageWith: (value: unknown) => place([value]) }
      return [item, ...fieldsBelow(each.items, item.path, item.messageWith)]
    }
    return Object.entries(each.properties ?? {}).flatMap(([name, field]) => {
      const messageWith = (value: unknown) => place({ ...requiredOf(each), [name]: value })
      const own = { path: path === '' ? name : `${path}.${name}`, schema: field, messageWith }
      return [own, ...fieldsBelow(field, own.path, messageWith)]
    })
  })
}

/** For what asks for a form. */
const texts = ['text', '1', 'en', '#123456', '00000000-0000-4000-8000-000000000000', '2001-02-03', 'a@shop.example']

/** The smallest message that a schema takes. */
export function smallestOf(schema: Schema): unknown {
  const [first] = schema.anyOf ?? []
  if (first !== undefined) return smallestOf(first)
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.type === 'object') return requiredOf(schema)
  if (schema.type === 'array') return Array.from({ length: schema.minItems ?? 0 }, () => smallestOf(schema.items ?? {}))
  if (schema.pattern !== undefined) return texts.find((text) => new RegExp(schema.pattern ?? '').test(text))
  return valuesOf[(schema.type ?? 'string') as JsonType][0]
}

function requiredOf(schema: Schema): Record<string, unknown> {
  return Object.fromEntries((schema.required ?? []).map((name) => [name, smallestOf(schema.properties?.[name] ?? {})]))
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : (typeof value as JsonType)
}
