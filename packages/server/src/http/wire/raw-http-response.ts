import { Type } from 'typebox'

/** The message RawHttpResponse: an HTTP answer as a value. `body` is base64, with `+`, `/` and padding. */
export const rawHttpResponse = Type.Object({
  body: Type.String({ description: 'The body of the answer, in standard base64' }),
  statusCode: Type.Integer(),
  headers: Type.Array(Type.Object({ key: Type.String(), value: Type.String() })),
})

export interface RawHttpResponse {
  readonly body: string
  readonly statusCode: number
  readonly headers: readonly { readonly key: string; readonly value: string }[]
}

/** The body of a message. */
function encodeBody(body: string): string {
  return Buffer.from(body).toString('base64')
}

/** Wraps an HTTP answer up as a message. */
export function asMessage(statusCode: number, body: string, headers: RawHttpResponse['headers']): RawHttpResponse {
  return { body: encodeBody(body), statusCode, headers }
}
