import { ApplicationRefusal } from '../../protocol/identity-errors.ts'

/** Deeper than any message by far, and shallow enough for whoever walks a message field by field. */
const depthMax = 32

/**
 * Reads a JSON body, which is an object in every method. An empty one is an empty message.
 *
 * A field called `__proto__`, or a `constructor` with a `prototype`, is refused rather than dropped: nobody sends it by
 * accident, and code that copies fields would let it reach every object.
 *
 * @throws {ApplicationRefusal} `INVALID_ARGUMENT` when the text is no JSON, no object, nested too deeply, or holds such a
 *   field.
 */
export function parseJson(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refusal('is not valid JSON')
  }
  if (!isObject(value) || Array.isArray(value)) throw refusal('must be a JSON object')
  // One level after the other: a call for each would let the depth of a message decide how deep our calls go.
  let level: readonly object[] = [value]
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > depthMax) throw refusal(`is nested more than ${depthMax} levels deep`)
    if (level.some(reachesPrototypes)) throw refusal('holds a field that no message has: __proto__ or constructor')
    level = level.flatMap((each) => Object.values(each).filter(isObject))
  }
  return value
}

function reachesPrototypes(value: object): boolean {
  if (Object.hasOwn(value, '__proto__')) return true
  const own = Object.getOwnPropertyDescriptor(value, 'constructor')?.value
  return isObject(own) && Object.hasOwn(own, 'prototype')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function refusal(what: string): ApplicationRefusal {
  return new ApplicationRefusal('INVALID_ARGUMENT', `The body ${what}`)
}
