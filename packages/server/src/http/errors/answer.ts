import { CaptchaUnavailable } from '../../ports/captcha.ts'
import { HashingOverloaded } from '../../ports/password-hasher.ts'
import { StorageUnavailable } from '../../ports/storage.ts'
import {
  type ApplicationErrorCode,
  ApplicationRefusal,
  type FieldViolation,
  ValidationRefusal,
} from '../../protocol/identity-errors.ts'
import { type OAuthErrorName, OAuthRefusal } from '../../protocol/oauth-errors.ts'
import { Throttled } from '../../protocol/throttled.ts'
import { statusOfApplicationError, statusOfOAuthError } from './statuses.ts'

/** An error as it is answered: what every surface needs to know of it, and nothing that may not leave the server. */
export interface ErrorAnswer {
  readonly status: number
  readonly code: ApplicationErrorCode
  readonly description: string
  readonly data: Readonly<Record<string, unknown>>
  readonly violations: readonly FieldViolation[] | null
  readonly oauth: OAuthErrorName
  /** What lay behind it, where the code alone does not say; for the log and for counting. One of a few words. */
  readonly because: string | null
  readonly retryAfterSeconds: number | null
  /** Not the caller's fault and not foreseen: worth a line in the log, with the reference that the caller was given. */
  readonly unexpected: boolean
}

/** The seconds after which trying again makes sense when the database does not answer. */
const retryAfterSeconds = 5

/**
 * What an error is to the one who made the request. The only place where errors become answers.
 *
 * A failure that nobody foresaw says nothing but that it happened; its cause stays in the log.
 */
export function answerOf(error: unknown): ErrorAnswer {
  if (error instanceof ApplicationRefusal) {
    const { because } = error.data
    return applicationAnswer(error.code, error.message, {
      data: error.data,
      because: typeof because === 'string' ? because : null,
    })
  }
  if (error instanceof ValidationRefusal) {
    return applicationAnswer('INVALID_ARGUMENT', error.message, { violations: error.violations })
  }
  if (error instanceof OAuthRefusal) {
    const status = error.isUnproven ? 401 : statusOfOAuthError[error.error]
    const { because } = error
    return {
      ...applicationAnswer('INVALID_ARGUMENT', error.message, { data: because === null ? {} : { because } }),
      status,
      oauth: error.error,
      because: error.error,
    }
  }
  if (error instanceof Throttled) {
    const { message, retryAfterSeconds: seconds } = error
    // Also in the message: scripts of other origins are not shown the header.
    return applicationAnswer('THROTTLED_FEATURE', message, {
      retryAfterSeconds: seconds,
      data: { retryAfterSeconds: seconds },
    })
  }
  if (error instanceof StorageUnavailable) {
    const description =
      error.outcome === 'unknown'
        ? 'This is not confirmed, as the database did not answer the commit: repeat it to find out'
        : 'This did not complete, as the database does not answer: nothing was changed'
    const because = error.outcome === 'unknown' ? 'commit_not_confirmed' : 'database_away'
    // Nobody should have to read a sentence to know whether anything may have happened.
    const data = { outcome: error.outcome }
    return applicationAnswer('SERVICE_UNAVAILABLE', description, { data, retryAfterSeconds, because, unexpected: true })
  }
  if (error instanceof CaptchaUnavailable) {
    return applicationAnswer(
      'SERVICE_UNAVAILABLE',
      'The captcha cannot be checked at the moment: nothing was changed',
      {
        retryAfterSeconds,
        unexpected: true,
      },
    )
  }
  if (error instanceof HashingOverloaded) {
    return applicationAnswer('SERVICE_UNAVAILABLE', 'Too many passwords are being checked: try again', {
      retryAfterSeconds: error.retryAfterSeconds,
      because: 'hashing_overloaded',
    })
  }
  return frameworkAnswer(error) ?? applicationAnswer('INTERNAL', 'Something went wrong here', { unexpected: true })
}

function applicationAnswer(
  code: ApplicationErrorCode,
  description: string,
  more: Partial<Pick<ErrorAnswer, 'data' | 'violations' | 'because' | 'retryAfterSeconds' | 'unexpected'>> = {},
): ErrorAnswer {
  const status = more.violations == null ? statusOfApplicationError[code] : 400
  return {
    status,
    code,
    description,
    data: more.data ?? {},
    violations: more.violations ?? null,
    oauth: oauthNameOf(status),
    because: more.because ?? null,
    retryAfterSeconds: more.retryAfterSeconds ?? null,
    unexpected: more.unexpected ?? false,
  }
}

function oauthNameOf(status: number): OAuthErrorName {
  if (status === 503 || status === 429) return 'temporarily_unavailable'
  if (status === 401) return 'invalid_client'
  return status >= 500 ? 'server_error' : 'invalid_request'
}

/** What the HTTP framework refuses by itself, by its own codes. */
function frameworkAnswer(error: unknown): ErrorAnswer | undefined {
  if (!(error instanceof Error)) return undefined
  const known = 'code' in error && typeof error.code === 'string' ? frameworkRefusals[error.code] : undefined
  if (known !== undefined) return applicationAnswer(known.code, known.description)
  // A parser's complaint about the bytes of a body: the request's fault, whatever it is called.
  const status = 'statusCode' in error ? error.statusCode : undefined
  return status === 400 ? applicationAnswer('INVALID_ARGUMENT', 'The request cannot be read') : undefined
}

const frameworkRefusals: Readonly<Record<string, { code: ApplicationErrorCode; description: string } | undefined>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'REQUEST_TOO_LARGE', description: 'The body is larger than 64 KiB' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    description: 'The body must be application/json or application/x-www-form-urlencoded',
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    code: 'URI_TOO_LONG',
    description: 'A part of the address is too long for what it names',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'INVALID_ARGUMENT',
    description: 'The body is not as long as Content-Length says',
  },
}
