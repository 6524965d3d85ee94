/**
 * Schemas as the checks of requests. One schema is the type, the check and the documentation of a message; unknown fields
 * are ignored, as the identity API does.
 */
import type { FastifySchema, FastifyTypeProvider } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { type FieldViolation, ValidationRefusal, type ViolatedRule, violation } from '../../protocol/identity-errors.ts'

/** Lets the framework know the types behind our schemas. */
export interface SchemaTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown
  readonly serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown
}

/** A field that may be left out or be null; the official client sends `null` for what its caller left open. */
export function optional<Schema extends TSchema>(schema: Schema) {
  return Type.Optional(Type.Union([schema, Type.Null()]))
}

/** Compiles a schema into the framework's check. Nothing is coerced and nothing is added: what was sent is what is read. */
export function compileCheck({ schema }: { readonly schema: FastifySchema | unknown }) {
  const check = Compile(schema as TSchema)
  return (value: unknown): { value: unknown } | { error: Error } => {
    // An absent body is an empty message: a method without required fields needs none.
    const message = value === undefined || value === null ? {} : value
    const unwritable = findUnwritable(message, '')
    if (unwritable !== undefined) {
      const problem = violation(unwritable, 'FORMAT', 'must be well-formed Unicode without NUL')
      return { error: new ValidationRefusal([problem]) }
    }
    if (check.Check(message)) return { value: message }
    return { error: new ValidationRefusal(violationsOf(check.Errors(message))) }
  }
}

/** The path of the first text that holds a NUL or half a surrogate pair: no store and no page can carry it whole. */
function findUnwritable(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0') ? undefined : path
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, field] of Object.entries(value)) {
    const found = findUnwritable(field, path === '' ? name : `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** One violation for each field, the most telling one: a union reports each of its members and itself. */
function violationsOf(errors: readonly TLocalizedValidationError[]): readonly FieldViolation[] {
  const byField = new Map<string, FieldViolation>()
  for (const error of errors) {
    for (const found of violationsOfError(error)) if (!byField.has(found.field)) byField.set(found.field, found)
  }
  return [...byField.values()]
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
