/** What answers say, read the way their callers read them. */
import type { AuditRecord } from '../../src/ports/storage.ts'
import type { Received } from './send.ts'
import type { TestServer } from './test-server.ts'

/** Status and code of an application error of the identity API, such as `401 -19976`. */
export function refusalOf(answer: Received): string {
  const { details } = answer.json<{ details?: { applicationError?: { code?: unknown } } }>()
  return `${answer.status} ${String(details?.applicationError?.code)}`
}

export interface Violation {
  readonly field: string
  readonly description: string
  readonly violatedRule: string
  readonly ruleName: string
  readonly data: Readonly<Record<string, unknown>>
}

/** The field violations of a validation error; throws when the answer is something else. */
export function violationsOf(answer: Received): readonly Violation[] {
  const { details } = answer.json<{ details?: { validationError?: { fieldViolations: Violation[] } } }>()
  if (details?.validationError === undefined) throw new Error(`No validation error: ${answer.status} ${answer.text}`)
  return details.validationError.fieldViolations
}

/** Status, field and rule of a refused request, such as `400 password MIN_LENGTH`. */
export function violationOf(answer: Received): string {
  const all = violationsOf(answer).map(({ field, violatedRule, ruleName }) =>
    [field, violatedRule, ruleName].filter(Boolean).join(' '),
  )
  return `${answer.status} ${all.join(', ')}`
}

/** Status and name of an OAuth error, such as `400 invalid_grant`; of a success the status alone. */
export function oauthErrorOf(answer: Received): string {
  const { error } = answer.json<{ error?: string }>()
  return error === undefined ? String(answer.status) : `${answer.status} ${error}`
}

/** Where a redirect goes; throws when there is none. */
export function locationOf(answer: Received): URL {
  return new URL(String(answer.headers['location']))
}

/** Header and payload of a JWT, unverified. */
export function decodeJwt(token: string): {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
} {
  const [header = '', claims = ''] = token.split('.')
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  return { header: decode(header), claims: decode(claims) }
}

/** Every audit record, in order. */
export async function auditOf(server: TestServer): Promise<readonly AuditRecord[]> {
  const records: AuditRecord[] = []
  for (;;) {
    const more = await server.service.storage.readAudit(records.at(-1)?.n ?? 0, 1000)
    if (more.length === 0) return records
    records.push(...more)
  }
}
