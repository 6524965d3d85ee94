/** What can be said of a client, as the messages of the identity API and of administration have it alike. */
import { type Static, Type } from 'typebox'
import {
  applicationTypes,
  type Client,
  type ClientFields,
  plainClientFields,
  technologies,
} from '../../domain/client.ts'
import { optional } from '../wire/validation.ts'

const noApplicationType = 'OAUTH_APP_TYPE_UNSPECIFIED'
const noTechnology = 'OAUTH_TECHNOLOGY_UNSPECIFIED'

/** The fields of a message. Their rules are those of `domain/client-rules.ts`; here are their types. */
export const givenClientFields = {
  name: optional(Type.String({ description: '2 to 256 characters' })),
  description: optional(Type.String()),
  allowedRedirectUris: optional(
    Type.Array(Type.String(), {
      description: 'Up to 20 exact URIs after authentication; a `*` stands for a part of one label of an https host',
    }),
  ),
  allowedRedirectDomains: optional(
    Type.Array(Type.String(), { description: 'Up to 20 hosts that every other redirect may name' }),
  ),
  allowedDomains: optional(Type.Array(Type.String(), { description: 'Former name of `allowedRedirectDomains`' })),
  loginUrl: optional(Type.String({ description: "The client's own login page" })),
  logoutUrl: optional(Type.String({ description: 'Called when a user of the client logs out' })),
  applicationType: optional(Type.Enum([noApplicationType, ...applicationTypes])),
  technology: optional(Type.Enum([noTechnology, ...technologies])),
  wixPagesDomainsMappings: optional(
    Type.Array(Type.Object({ origin: optional(Type.String()), destination: optional(Type.String()) })),
  ),
  redirectUrlWixPages: optional(Type.String()),
  origin: optional(Type.String()),
}

const givenClient = Type.Object(givenClientFields)
type GivenClient = Static<typeof givenClient>
type Given = { -readonly [Field in keyof ClientFields]?: ClientFields[Field] }

/**
 * What a message says of a client.
 *
 * @param names - The fields of the message that count. One that is named and not there, or null, is emptied.
 */
export function clientFieldsOf(message: GivenClient, names: ReadonlySet<string>): Partial<ClientFields> {
  const { allowedRedirectUris, allowedRedirectDomains, pagesMappings } = plainClientFields
  const given: Given = {}
  if (names.has('name')) given.name = message.name ?? ''
  if (names.has('description')) given.description = message.description ?? ''
  if (names.has('allowedRedirectUris')) given.allowedRedirectUris = message.allowedRedirectUris ?? allowedRedirectUris
  if (names.has('allowedDomains')) given.allowedRedirectDomains = message.allowedDomains ?? allowedRedirectDomains
  if (names.has('allowedRedirectDomains')) {
    given.allowedRedirectDomains = message.allowedRedirectDomains ?? allowedRedirectDomains
  }
  if (names.has('loginUrl')) given.loginUrl = orNull(message.loginUrl)
  if (names.has('logoutUrl')) given.logoutUrl = orNull(message.logoutUrl)
  if (names.has('applicationType')) given.applicationType = unless(noApplicationType, message.applicationType)
  if (names.has('technology')) given.technology = unless(noTechnology, message.technology)
  if (names.has('wixPagesDomainsMappings')) {
    given.pagesMappings =
      message.wixPagesDomainsMappings?.map(({ origin, destination }) => ({
        origin: origin ?? '',
        destination: destination ?? '',
      })) ?? pagesMappings
  }
  if (names.has('redirectUrlWixPages')) given.pagesRedirectUrl = orNull(message.redirectUrlWixPages)
  if (names.has('origin')) given.pagesOrigin = orNull(message.origin)
  return given
}

/** The names of the fields that a message has. `null` is what the official client sends for what its caller left open. */
export function namesIn(message: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  return new Set(Object.keys(message).filter((name) => message[name] !== undefined))
}

/** An address that is emptied comes as an empty text too. */
function orNull(text: string | null | undefined): string | null {
  return text == null || text === '' ? null : text
}

function unless<Nothing extends string, Value extends string>(
  nothing: Nothing,
  value: Value | null | undefined,
): Exclude<Value, Nothing> | null {
  return value == null || (value as string) === nothing ? null : (value as Exclude<Value, Nothing>)
}

/** What a client is told as. */
export const toldClientFields = {
  id: Type.String(),
  createdDate: Type.String(),
  name: Type.String(),
  description: Type.String(),
  allowedRedirectUris: Type.Array(Type.String()),
  allowedRedirectDomains: Type.Array(Type.String()),
  loginUrl: Type.Optional(Type.String()),
  logoutUrl: Type.Optional(Type.String()),
  applicationType: Type.String(),
  technology: Type.String(),
  wixPagesDomainsMappings: Type.Array(Type.Object({ origin: Type.String(), destination: Type.String() })),
  redirectUrlWixPages: Type.Optional(Type.String()),
  origin: Type.Optional(Type.String()),
}

/** A client as both surfaces tell it. */
export function clientMessage(client: Client) {
  return {
    id: client.id,
    createdDate: new Date(client.createdAt).toISOString(),
    name: client.name,
    description: client.description,
    allowedRedirectUris: [...client.allowedRedirectUris],
    allowedRedirectDomains: [...client.allowedRedirectDomains],
    ...(client.loginUrl === null ? {} : { loginUrl: client.loginUrl }),
    ...(client.logoutUrl === null ? {} : { logoutUrl: client.logoutUrl }),
    applicationType: client.applicationType ?? noApplicationType,
    technology: client.technology ?? noTechnology,
    wixPagesDomainsMappings: [...client.pagesMappings],
    ...(client.pagesRedirectUrl === null ? {} : { redirectUrlWixPages: client.pagesRedirectUrl }),
    ...(client.pagesOrigin === null ? {} : { origin: client.pagesOrigin }),
  }
}
