import { Type } from 'typebox'
import { ValidationRefusal, violation } from '../../protocol/identity-errors.ts'
import { parseJson } from '../wire/json-body.ts'
import { parseParameters } from '../wire/parameters.ts'
import { optional } from '../wire/validation.ts'

/** The message RawHttpRequest, in which the official client's `oauth` module wraps a request up. Only its body counts. */
export const rawRequestFields = {
  body: optional(Type.String({ description: 'The real body (JSON or form) in base64, in place of the fields' })),
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/

/** The fields inside a wrapped request: JSON where it looks like JSON, otherwise a form. */
export function unwrapRequest(body: string): Readonly<Record<string, unknown>> {
  if (!base64.test(body)) throw new ValidationRefusal([violation('body', 'FORMAT', 'must be base64')])
  const text = Buffer.from(body, 'base64').toString('utf8')
  const message = text.trimStart().startsWith('{') ? parseJson(text) : parseParameters(text)
  return message as Readonly<Record<string, unknown>>
}
