import type { FastifyReply } from 'fastify'
import { passwordLengthMax } from '../../domain/password.ts'
import type { SiteSettings } from '../../domain/site.ts'
import { HashingOverloaded } from '../../ports/password-hasher.ts'
import { ApplicationRefusal, ValidationRefusal } from '../../protocol/identity-errors.ts'
import { Throttled } from '../../protocol/throttled.ts'
import type { SignInProblem } from '../pages/sign-in-problem.ts'

/** What a form that was not taken is answered: the page again, with this status. */
export interface NotTaken {
  readonly status: number
  readonly problem: SignInProblem
}

/**
 * What whoever filled in a form is told of an error, where the form can be sent again; `undefined` for every other error. Adds
 * `Retry-After` where that is known.
 */
export function problemOf(
  reply: FastifyReply,
  error: unknown,
  { passwordMinimumLength }: Pick<SiteSettings, 'passwordMinimumLength'>,
): NotTaken | undefined {
  if (error instanceof Throttled) return throttled(reply, error)
  if (error instanceof HashingOverloaded) {
    reply.header('retry-after', error.retryAfterSeconds)
    return { status: 503, problem: { kind: 'busy' } }
  }
  if (error instanceof ApplicationRefusal) {
    if (error.code === 'VERIFICATION_FAILED') return { status: 400, problem: { kind: 'wrong_code' } }
    if (error.code === 'IDENTITY_NOT_ACTIVE') return { status: 403, problem: { kind: 'not_active' } }
    return undefined
  }
  const broken = error instanceof ValidationRefusal ? error.violations[0] : undefined
  if (broken === undefined) return undefined
  if (broken.field === 'email') return { status: 400, problem: { kind: 'no_email_address' } }
  if (broken.field !== 'password') return undefined
  return { status: 400, problem: problemOfPassword(broken, passwordMinimumLength) }
}

/** The page of a login says it so as well: there it is no error. */
export function throttled(reply: FastifyReply, { retryAfterSeconds }: Pick<Throttled, 'retryAfterSeconds'>): NotTaken {
  reply.header('retry-after', retryAfterSeconds)
  return { status: 429, problem: { kind: 'throttled', minutes: Math.ceil(retryAfterSeconds / 60) } }
}

function problemOfPassword(
  { violatedRule, ruleName }: ValidationRefusal['violations'][number],
  atLeast: number,
): SignInProblem {
  if (ruleName === 'PASSWORD_COMMON') return { kind: 'password_common' }
  if (ruleName === 'PASSWORD_CONTEXT') return { kind: 'password_context' }
  if (violatedRule === 'FORMAT') return { kind: 'password_characters' }
  return { kind: 'password_length', atLeast, atMost: passwordLengthMax }
}
