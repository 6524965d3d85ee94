import { ValidationRefusal, violation } from '../../protocol/identity-errors.ts'
import { isWritable, writableRule } from './writable.ts'

/**
 * Reads a message whose fields come in camelCase or in snake_case, even mixed in one request, as the official packages
 * send them. Null and the empty string count as absent.
 *
 * @param names - The fields to read, in camelCase.
 * @throws {ValidationRefusal} When a field comes in both spellings with different values, or is not a text, or is one that
 *   cannot be written down.
 */
export function readEitherSpelling<Name extends string>(
  message: Readonly<Record<string, unknown>>,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const read: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const values = [message[name], message[snakeCase(name)]].filter((value) => value != null && value !== '')
    const [first, second] = values
    if (first === undefined) continue
    if (typeof first !== 'string' || (second !== undefined && typeof second !== 'string')) {
      throw new ValidationRefusal([violation(name, 'TYPE', 'must be a string, given once')])
    }
    if (!isWritable(first)) throw new ValidationRefusal([violation(name, 'FORMAT', writableRule)])
    if (second !== undefined && first !== second) {
      throw new ValidationRefusal([violation(name, 'OTHER', 'is given twice with different values')])
    }
    read[name] = first
  }
  return read
}

/** `clientId` as `client_id`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
