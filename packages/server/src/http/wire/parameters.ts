import { ApplicationRefusal } from '../../protocol/identity-errors.ts'

/** At most this many parameters in a query or a form: no method takes a tenth of it. */
const parametersMax = 50

/** Parameters by name. A name that was repeated has a list, which no schema of ours accepts for what it reads. */
export type Parameters = Record<string, string | string[]>

/** Those of a request that has none. */
export const noParameters: Parameters = Object.freeze(Object.create(null))

/**
 * Reads a query string or the body of a form: `+` is a space, UTF-8 is percent-encoded.
 *
 * The object has no prototype, so that a parameter called `__proto__` is a parameter like any other.
 *
 * @throws {ApplicationRefusal} When there are too many.
 */
export function parseParameters(text: string): Parameters {
  const parameters: Parameters = Object.create(null)
  let count = 0
  for (const [name, value] of new URLSearchParams(text)) {
    count += 1
    if (count > parametersMax) {
      throw new ApplicationRefusal('INVALID_ARGUMENT', `There are more than ${parametersMax} parameters`)
    }
    const earlier = parameters[name]
    parameters[name] = earlier === undefined ? value : [...(Array.isArray(earlier) ? earlier : [earlier]), value]
  }
  return parameters
}
