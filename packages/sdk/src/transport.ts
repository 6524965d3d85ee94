import { type FieldViolation, RefusedError, UnavailableError } from './errors.ts'

/** The server, and the way to it. */
export interface Connection {
  /** An origin, without a trailing slash. */
  readonly baseUrl: string
  readonly fetch: typeof fetch
}

export interface ApiRequest {
  readonly verb: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, unknown>> | undefined
  readonly body?: unknown
  /** For the `Authorization` header; none where there is nothing to prove. */
  readonly authorization?: string | undefined
}

/**
 * Makes a call and gives its message.
 *
 * @throws {RefusedError} When the server refuses it.
 * @throws {UnavailableError} When there is no answer, or one that says that nobody knows.
 */
export async function callApi({ baseUrl, fetch }: Connection, request: ApiRequest): Promise<unknown> {
  const { verb, path, query = {}, body, authorization } = request
  const parameters = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value == null ? [] : [[name, String(value)] as [string, string]],
    ),
  )
  const headers: Record<string, string> = { accept: 'application/json' }
  if (authorization !== undefined) headers['authorization'] = authorization
  if (body !== undefined) headers['content-type'] = 'application/json'
  let answer: Response
  try {
    answer = await fetch(`${baseUrl}${path}${parameters.size === 0 ? '' : `?${parameters}`}`, {
      method: verb,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (cause) {
    throw new UnavailableError('The server cannot be reached', { outcome: outcomeWithout(verb), status: null, cause })
  }
  const message = await messageOf(answer, verb)
  if (answer.ok) return message
  throw refusalOf(answer, message, verb)
}

/**
 * A success by its form. Something else between here and the server may answer 200 to everything, and has done nothing.
 *
 * @throws {UnavailableError} When the field is not there that every such message has.
 */
export function expectMessage<Message>(message: unknown, field: string): Message {
  if (field in Object(message)) return message as Message
  throw new UnavailableError('The answer is not that of an Adjourn server', { outcome: 'unknown', status: 200 })
}

/** A call that only asks cannot have done anything. */
function outcomeWithout(verb: ApiRequest['verb']): UnavailableError['outcome'] {
  return verb === 'GET' ? 'nothing_happened' : 'unknown'
}

async function messageOf(answer: Response, verb: ApiRequest['verb']): Promise<unknown> {
  try {
    const text = await answer.text()
    const message: unknown = text === '' ? {} : JSON.parse(text)
    if (Object(message) === message) return message
    throw new TypeError('The answer is no message')
  } catch (cause) {
    // A proxy's page, or an answer that broke off.
    throw new UnavailableError('The answer cannot be read', {
      outcome: outcomeWithout(verb),
      status: answer.status,
      cause,
    })
  }
}

interface ErrorMessage {
  readonly message?: string
  readonly error?: string
  readonly error_description?: string
  readonly because?: string
  readonly details?: {
    readonly applicationError?: { readonly code?: string; readonly data?: Readonly<Record<string, unknown>> }
    readonly validationError?: { readonly fieldViolations?: readonly FieldViolation[] }
  }
}

function refusalOf(answer: Response, message: unknown, verb: ApiRequest['verb']): RefusedError | UnavailableError {
  const { error, error_description: description, because, details, ...said } = Object(message) as ErrorMessage
  const { applicationError, validationError } = details ?? {}
  const text = description ?? said.message ?? `The server answered ${answer.status}`
  const data = applicationError?.data ?? (because === undefined ? {} : { because })
  if (answer.status >= 500) {
    const outcome = data['outcome'] === 'nothing_happened' ? 'nothing_happened' : outcomeWithout(verb)
    return new UnavailableError(text, { outcome, status: answer.status })
  }
  const violations = validationError?.fieldViolations ?? []
  // Scripts of another origin are not shown the header.
  const retryAfter = Number(answer.headers.get('retry-after') ?? data['retryAfterSeconds'] ?? Number.NaN)
  return new RefusedError(text, {
    status: answer.status,
    code: applicationError?.code ?? error ?? (violations.length > 0 ? 'INVALID_ARGUMENT' : String(answer.status)),
    violations,
    data,
    requestId: answer.headers.get('x-wix-request-id'),
    retryAfterSeconds: Number.isNaN(retryAfter) ? null : retryAfter,
  })
}
