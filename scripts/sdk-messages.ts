/**
 * `npm run sdk-messages`: writes the messages of the SDK (`packages/sdk/src/messages.ts`) from the schemas by which the
 * server checks and writes them, so that both mean the same. A test keeps the file so.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../packages/server/src/adapters/system/clock.ts'
import { systemRandomness } from '../packages/server/src/adapters/system/randomness.ts'
import { loggerOf } from '../packages/server/src/commands/logger.ts'
import { emulatorConfiguration } from '../packages/server/src/emulator/emulator-configuration.ts'
import { startEmulator } from '../packages/server/src/emulator/start-emulator.ts'

export const messagesFile = fileURLToPath(new URL('../packages/sdk/src/messages.ts', import.meta.url))

/** What a message is called, and the method that takes or gives it. */
const messages: Readonly<Record<string, readonly [verb: string, path: string, which: 'body' | 'query' | 'answer']>> = {
  RegisterRequest: ['post', '/v2/register', 'body'],
  LoginRequest: ['post', '/v2/login', 'body'],
  StateMachineResponse: ['post', '/v2/login', 'answer'],
  ChangePasswordRequest: ['post', '/v2/change-password', 'body'],
  ValidateEmailRequest: ['post', '/v2/validate-email', 'body'],
  ValidateEmailResponse: ['post', '/v2/validate-email', 'answer'],
  SignOnRequest: ['post', '/v2/sign-on', 'body'],
  SignOnResponse: ['post', '/v2/sign-on', 'answer'],
  SendRecoveryEmailRequest: ['post', '/_api/iam/recovery/v1/send-email', 'body'],
  SendActivationEmailRequest: ['post', '/_api/iam/recovery/v1/activation-email', 'body'],
  RecoverRequest: ['post', '/_api/iam/recovery/v1/recover', 'body'],
  StartVerificationRequest: ['post', '/_api/iam/verification/v1/start', 'body'],
  StartVerificationResponse: ['post', '/_api/iam/verification/v1/start', 'answer'],
  VerifyRequest: ['post', '/_api/iam/verification/v1/auth/verify', 'body'],
  ResendRequest: ['post', '/_api/iam/verification/v1/auth/resend', 'body'],
  SignOnPolicyResponse: ['get', '/iam/signon/v1/sign-on-policies', 'answer'],
  UpdateSignOnPolicyRequest: ['patch', '/iam/signon/v1/sign-on-policies', 'body'],
  TokenRequest: ['post', '/oauth2/token', 'body'],
  // The endpoint of before answers the same tokens, and never a request that was wrapped up.
  TokenResponse: ['post', '/oauth/access', 'answer'],
  TokenInfo: ['post', '/oauth2/token-info', 'answer'],
  UserInfo: ['get', '/oauth2/user-info', 'answer'],
  KeySet: ['get', '/oauth2/jwks', 'answer'],
  CreateOAuthAppRequest: ['post', '/oauth-app/v1/oauth-apps', 'body'],
  OAuthAppResponse: ['get', '/oauth-app/v1/oauth-apps/{oAuthAppId}', 'answer'],
  UpdateOAuthAppRequest: ['patch', '/oauth-app/v1/oauth-apps/{oAuthAppId}', 'body'],
  QueryOAuthAppsRequest: ['post', '/oauth-app/v1/oauth-apps/query', 'body'],
  QueryOAuthAppsResponse: ['post', '/oauth-app/v1/oauth-apps/query', 'answer'],
  OAuthAppSecretResponse: ['post', '/oauth-app/v1/oauth-apps/{oAuthAppId}/generate-secret', 'answer'],
  RedirectSessionRequest: ['post', '/headless/v1/redirect-session', 'body'],
  RedirectSessionResponse: ['post', '/headless/v1/redirect-session', 'answer'],
  CurrentSession: ['get', '/v1/sessions/current', 'answer'],
}

interface Schema {
  readonly type?: string
  readonly description?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

interface Operation {
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

/**
 * The text of the file.
 *
 * @throws {RangeError} When the server has no such method or message any more.
 */
export async function writtenMessages(): Promise<string> {
  const server = await startEmulator({
    configuration: emulatorConfiguration({ ADJOURN_PORT: '0' }),
    members: undefined,
    clock: systemClock,
    randomness: systemRandomness,
    logger: loggerOf({ logLevel: 'silent' }),
  })
  try {
    const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as { readonly paths: Paths }
    const written = Object.entries(messages).map(([name, [verb, path, which]]) => {
      const schema = schemaOf(paths[path]?.[verb], which)
      if (schema === undefined) throw new RangeError(`Cannot write ${name} as there is no ${which} of ${verb} ${path}`)
      return `export type ${name} = ${typeOf(schema)}\n`
    })
    return [
      '/** Made by `npm run sdk-messages` from the schemas of the server. Not to be changed by hand. */',
      '',
      ...written,
      `/** A member as they are told to themselves and to their site. */`,
      `export type Identity = StateMachineResponse['identity']`,
      '',
    ].join('\n')
  } finally {
    await server.close()
  }
}

function schemaOf(operation: Operation | undefined, which: 'body' | 'query' | 'answer'): Schema | undefined {
  if (which === 'body') return operation?.requestBody?.content?.['application/json']?.schema
  return operation?.responses['200']?.content?.['application/json']?.schema
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' | ')
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    case 'number':
    case 'integer':
      return 'number'
    case 'array':
      return `readonly (${schema.items === undefined ? 'unknown' : typeOf(schema.items)})[]`
    case 'object':
      return objectOf(schema)
    default:
      return 'unknown'
  }
}

function objectOf({ properties = {}, required = [] }: Schema): string {
  // Of a field that may come in either spelling, the one of all other messages is enough.
  const told = Object.entries(properties).filter(([name]) => !(name.includes('_') && camelCase(name) in properties))
  const fields = told.map(([name, field]) => {
    const comment = field.description === undefined ? '' : `/** ${field.description} */\n`
    return `${comment}readonly ${/^\w+$/.test(name) ? name : JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeOf(field)}`
  })
  return fields.length === 0 ? 'Readonly<Record<string, unknown>>' : `{\n${fields.join('\n')}\n}`
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

if (import.meta.main) writeFileSync(messagesFile, await writtenMessages())
