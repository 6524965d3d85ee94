import type { FastifyReply } from 'fastify'
import { webMessagePage } from '../pages/web-message-page.ts'
import { addPageHeaders } from '../wire/send-page.ts'

export type ResponseMode = 'query' | 'fragment' | 'web_message'

/** Where the answer to an authorization request goes, found to be the client's, and in which form. */
export type AnswerAddress = {
  /** Who answers. It comes with every redirect, so that a client of several services cannot be led to mix them up. */
  readonly issuer: string
  readonly state: string | undefined
} & (
  | { readonly responseMode: 'query' | 'fragment'; readonly redirectUri: string }
  | {
      readonly responseMode: 'web_message'
      /** Of the pages that may hold the frame, and to which the message is posted. Never all of the web. */
      readonly origins: readonly string[]
    }
)

/** An answer by its names on the wire: `code`, or `error` and `error_description`. */
export type Answer = Readonly<Record<string, string>>

/**
 * Sends the answer: a redirect with the answer in it (RFC 9207 section 2 for `iss`), or a page that posts it to the page
 * around its frame, as one flat object, which is what the official client of the identity API listens for.
 *
 * @param status - Of a redirect.
 */
export function sendAnswer(
  reply: FastifyReply,
  address: AnswerAddress,
  answer: Answer,
  status: 302 | 303,
): FastifyReply {
  const told = { ...answer, ...(address.state === undefined ? {} : { state: address.state }) }
  if (address.responseMode === 'web_message') {
    const page = webMessagePage({ message: told, origins: address.origins })
    addPageHeaders(reply, page)
    return reply.code(200).type('text/html; charset=utf-8').send(page.html)
  }
  return reply
    .code(status)
    .header('location', locationOf(address, { ...told, iss: address.issuer }))
    .send()
}

/** What was in the query of the address stays as it was. */
function locationOf(
  { redirectUri, responseMode }: Extract<AnswerAddress, { redirectUri: string }>,
  answer: Answer,
): string {
  const parameters = new URLSearchParams(answer)
  if (responseMode === 'fragment') return `${redirectUri}#${parameters}`
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${parameters}`
}
