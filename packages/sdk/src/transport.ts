import { type FieldViolation, RefusedError, UnavailableError } from './errors.ts'

/** The message of a method that has nothing to say. */
export type Nothing = Readonly<Record<string, never>>

/** The server, and the way to it. */
export interface Connection {
  /** An origin, without a trailing slash. */
  readonly baseUrl: string
  readonly fetch: typeof fetch
  /** After how long without an answer nobody waits any more. */
  readonly timeoutMs: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
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
 * Makes a call and gives its message; {@link noContent} for an answer that has none by its status.
 *
 * @throws {RefusedError} When the server refuses it.
 * @throws {UnavailableError} When there is no answer, or one that says that nobody knows.
 */
export async function callApi({ baseUrl, fetch, timeoutMs }: Connection, request: ApiRequest): Promise<unknown> {
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
      // Whoever waits for ever holds up every call, and other tabs, that wait for new tokens.
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (cause) {
    throw new UnavailableError(`Cannot ${nameOf(request)} as ${baseUrl} does not answer`, {
      outcome: outcomeWithout(verb),
      status: null,
      cause,
    })
  }
  const message = await messageOf(answer, request)
  if (answer.ok) return message
  throw refusalOf(answer, message, verb)
}

/**
 * A success by its form. Something else between here and the server may answer 200 to everything, and has done nothing.
 *
 * @param fields - All that are used of it.
 * @throws {UnavailableError} When one is not there that every such message has.
 */
export function expectMessage<Message>(message: unknown, ...fields: readonly string[]): Message {
  const missing = fields.find((field) => (Object(message) as Partial<Record<string, unknown>>)[field] == null)
  if (missing === undefined) return message as Message
  throw new UnavailableError(`The answer is not that of an Adjourn server: it has no ${missing}`, {
    outcome: 'unknown',
    status: 200,
  })
}

/** What is given for an answer of the status 204. */
export const noContent: Nothing = {}

/**
 * That something was done, where a success has nothing else to say.
 *
 * @throws {UnavailableError} When anything else was answered.
 */
export function expectNoContent(message: unknown): Nothing {
  if (message === noContent) return noContent
  throw new UnavailableError('The answer is not that of an Adjourn server: its status is not 204', {
    outcome: 'unknown',
    status: 200,
  })
}

/** Without its query, in which there may be a token. */
function nameOf({ verb, path }: ApiRequest): string {
  return `${verb} ${path.split('?')[0]}`
}

/** A call that only asks cannot have done anything. */
function outcomeWithout(verb: ApiRequest['verb']): UnavailableError['outcome'] {
  return verb === 'GET' ? 'nothing_happened' : 'unknown'
}

async function messageOf(answer: Response, request: ApiRequest): Promise<unknown> {
  if (answer.status === 204) return noContent
  try {
    const text = await answer.text()
    // A refusal says enough by its status.
    const message: unknown = text === '' && !answer.ok ? {} : JSON.parse(text)
    if (Object(message) === message) return message
    throw new TypeError('The answer is no message')
  } catch (cause) {
    // A proxy's page, or an answer that broke off.
    throw new UnavailableError(`Cannot read the answer to ${nameOf(request)}, of the status ${answer.status}`, {
      outcome: outcomeWithout(request.verb),
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
