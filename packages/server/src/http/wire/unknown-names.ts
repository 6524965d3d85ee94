import { type FieldViolation, ValidationRefusal, violation } from '../../protocol/identity-errors.ts'

/** What is named: each has a rule of its own, so that callers can tell. */
const ruleNames = { field: 'UNKNOWN_FIELD', parameter: 'UNKNOWN_PARAMETER', setting: 'UNKNOWN_SETTING' } as const

/**
 * Finds names that a message does not have. The identity API ignores them, as its clients expect; where a mistyped name would
 * look as if it had had an effect, it is refused by this.
 *
 * @param sent - The message. What is no object has no names.
 * @param known - The names that it may have.
 * @param where - What the names are those of, and the path of the message inside the request.
 */
export function unknownNames(
  sent: unknown,
  known: readonly string[],
  { what, path = '' }: { readonly what: keyof typeof ruleNames; readonly path?: string },
): readonly FieldViolation[] {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return []
  const rule = known.length === 0 ? 'there are none here' : `the ${what}s are ${known.join(', ')}`
  return Object.keys(sent)
    .filter((name) => !known.includes(name))
    .map((name) => violation(`${path}${name}`, 'OTHER', `is not a ${what}; ${rule}`, { ruleName: ruleNames[what] }))
}

/**
 * Refuses them.
 *
 * @throws {ValidationRefusal} With every name that is not known.
 */
export function assertNoUnknownNames(...given: Parameters<typeof unknownNames>): void {
  const violations = unknownNames(...given)
  if (violations.length > 0) throw new ValidationRefusal(violations)
}
