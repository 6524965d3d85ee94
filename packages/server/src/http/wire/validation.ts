/**
 * Schemas as the checks of requests. One schema is the type, the check and the documentation of a message; unknown fields
 * are ignored, as the identity API does.
 */
import type { FastifySchema } from 'fastify'
import type { TSchema } from 'typebox'
import { Type } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { type FieldViolation, ValidationRefusal, type ViolatedRule, violation } from '../../protocol/identity-errors.ts'
import { isWritable, writableRule } from './writable.ts'

/** A field that may be left out or be null; the official client sends `null` for what its caller left open. */
export function optional<Schema extends TSchema>(schema: Schema) {
  return Type.Optional(Type.Union([schema, Type.Null()]))
}

/**
 * Makes a schema the framework's check. Nothing is coerced and nothing is added: what was sent is what is read.
 *
 * It is compiled when it is first asked: all of them at once held up the start, and most are for few.
 */
export function compileCheck({ schema }: { readonly schema: FastifySchema | unknown }) {
  let compiled: Validator | undefined
  return (value: unknown): { value: unknown } | { error: Error } => {
    // An absent body is an empty message: a method without required fields needs none.
    const message = value === undefined || value === null ? {} : value
    const unwritable = findUnwritable(message, '')
    if (unwritable !== undefined) {
      return { error: new ValidationRefusal([violation(unwritable, 'FORMAT', writableRule)]) }
    }
    compiled ??= Compile(schema as TSchema)
    if (compiled.Check(message)) return { value: message }
    return { error: new ValidationRefusal(violationsOf(compiled.Errors(message))) }
  }
}

/** The path of the first text that cannot be written down. */
function findUnwritable(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return isWritable(value) ? undefined : path
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, field] of Object.entries(value)) {
    const found = findUnwritable(field, path === '' ? name : `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * One violation for each field, the most telling one: a union reports each of its members and itself, and for an optional
 * message also that it could have been null, which nobody means who sent a message with a wrong field in it.
 */
function violationsOf(errors: readonly TLocalizedValidationError[]): readonly FieldViolation[] {
  const byField = new Map<string, FieldViolation>()
  for (const error of errors) {
    for (const found of violationsOfError(error)) if (!byField.has(found.field)) byField.set(found.field, found)
  }
  const found = [...byField.values()]
  return found.filter(({ field }) => !found.some((deeper) => deeper.field.startsWith(`${field}.`)))
}

function violationsOfError(error: TLocalizedValidationError): readonly FieldViolation[] {
  const field = error.instancePath.slice(1).replaceAll('/', '.')
  if (error.keyword === 'required') {
    return error.params.requiredProperties.map((name) =>
      violation(field === '' ? name : `${field}.${name}`, 'REQUIRED_FIELD', 'is required'),
    )
  }
  return [violation(field, ruleOf(error.keyword), error.message)]
}

function ruleOf(keyword: string): ViolatedRule {
  if (keyword === 'minLength') return 'MIN_LENGTH'
  if (keyword === 'maxLength') return 'MAX_LENGTH'
  if (keyword === 'pattern' || keyword === 'format') return 'FORMAT'
  return keyword === 'type' || keyword === 'anyOf' ? 'TYPE' : 'OTHER'
}
