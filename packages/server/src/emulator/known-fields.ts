import { ValidationRefusal, violation } from '../protocol/identity-errors.ts'

/**
 * Refuses fields that a message does not have. The identity API ignores them, as its clients expect; here nobody may believe that
 * a fault was set whose name was misspelt.
 *
 * @throws {ValidationRefusal} With every field that is not known.
 */
export function assertKnownFields(message: object, known: readonly string[]): void {
  const violations = Object.keys(message)
    .filter((name) => !known.includes(name))
    .map((name) =>
      violation(name, 'OTHER', `is not a field; the fields are ${known.join(', ')}`, { ruleName: 'UNKNOWN_FIELD' }),
    )
  if (violations.length > 0) throw new ValidationRefusal(violations)
}
