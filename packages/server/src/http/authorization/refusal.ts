import type { FastifyReply } from 'fastify'
import type { OAuthErrorName } from '../../protocol/oauth-errors.ts'
import type { Appearance } from '../pages/appearance.ts'
import { errorPage } from '../pages/error-page.ts'
import { english } from '../pages/words/english.ts'
import { wantsJson } from '../wire/accept.ts'
import { sendPage } from '../wire/send-page.ts'
import { sendAnswer } from './authorization-answer.ts'
import type { ReadRequest } from './authorization-request.ts'

/**
 * Answers a request that is not in order: to the client where it is known where that is, else on a page. A program that asks for JSON,
 * as a site's own server does, is told the same in the form of the token endpoint (RFC 6749 section 5.2).
 */
export function sendRefusal(
  reply: FastifyReply,
  appearance: Appearance,
  refusal: Exclude<ReadRequest, { outcome: 'good' }>,
  status: 302 | 303,
): FastifyReply {
  if (refusal.outcome === 'page') {
    const words = appearance.words.refusedFlow[refusal.problem]
    if (wantsJson(reply.request.headers.accept)) {
      const error: OAuthErrorName = refusal.problem === 'unknown_client' ? 'invalid_client' : 'invalid_request'
      const description = english.refusedFlow[refusal.problem].text
      return reply.code(400).header('cache-control', 'no-store').send({ error, error_description: description })
    }
    sendPage(reply, 400, errorPage(appearance, { title: words.title, explanation: words.text }))
    return reply
  }
  const { address, error, description } = refusal
  return sendAnswer(reply, address, { error, error_description: description }, status)
}
