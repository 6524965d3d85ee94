import type { Member } from '../domain/member.ts'
import { passwordContextWords, passwordProblem } from '../domain/password.ts'
import type { Site } from '../domain/site.ts'
import { type FieldViolation, ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import type { Service } from './service.ts'

/**
 * Refuses a new password that breaks a rule.
 *
 * @param field - The path of the password inside the request message, named in the refusal.
 * @throws {ValidationRefusal} With the rule that was broken.
 */
export function assertNewPassword(
  service: Service,
  site: Site,
  password: string,
  field: string,
  about: Pick<Member, 'email' | 'profile'>,
): void {
  const words = passwordContextWords({ siteName: site.name, email: about.email, names: namesIn(about.profile) })
  const problem = passwordProblem(
    password,
    { minimumLength: site.settings.passwordMinimumLength, words },
    service.blocklist,
  )
  if (problem !== undefined) throw new ValidationRefusal([passwordViolation(field, problem)])
}

function passwordViolation(field: string, problem: NonNullable<ReturnType<typeof passwordProblem>>): FieldViolation {
  const { rule } = problem
  if (rule === 'COMMON' || rule === 'CONTEXT') {
    return violation(field, 'OTHER', problem.description, { ruleName: `PASSWORD_${rule}` })
  }
  return violation(field, rule, problem.description)
}

/** What a member is called, as far as the profile says so. */
function namesIn(profile: Member['profile']): readonly string[] {
  return ['firstName', 'lastName', 'nickname'].flatMap((name) => {
    const value = profile[name]
    return typeof value === 'string' ? [value] : []
  })
}
