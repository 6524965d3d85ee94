import { ApplicationRefusal } from '../../protocol/identity-errors.ts'

/**
 * Reads a JSON body. An empty one is an empty message.
 *
 * A field called `__proto__`, or a `constructor` with a `prototype`, is refused rather than dropped: nobody sends it by
 * accident, and code that copies fields would let it reach every object.
 *
 * @throws {ApplicationRefusal} `INVALID_ARGUMENT` when the text is no JSON, or holds such a field.
 */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return {}
  let poisoned = false
  let value: unknown
  try {
    value = JSON.parse(text, (key, field: unknown) => {
      if (key === '__proto__' || (key === 'constructor' && hasPrototypeField(field))) poisoned = true
      return field
    })
  } catch {
    throw new ApplicationRefusal('INVALID_ARGUMENT', 'The body is not valid JSON')
  }
  if (poisoned)
    throw new ApplicationRefusal('INVALID_ARGUMENT', 'The body holds a field that no message has: __proto__')
  return value
}

function hasPrototypeField(field: unknown): boolean {
  return typeof field === 'object' && field !== null && Object.hasOwn(field, 'prototype')
}
