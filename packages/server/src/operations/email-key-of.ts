import { normalizeEmail } from '../domain/email.ts'
import { ValidationRefusal, violation } from '../protocol/identity-errors.ts'

/**
 * What makes an address unique.
 *
 * @param field - The path of the address inside the request message, named in the refusal.
 * @throws {ValidationRefusal} When it is none.
 */
export function emailKeyOf(email: string, field: string): string {
  const emailKey = normalizeEmail(email)
  if (emailKey === undefined) {
    throw new ValidationRefusal([violation(field, 'FORMAT', 'must be an email address', { data: { type: 'EMAIL' } })])
  }
  return emailKey
}
