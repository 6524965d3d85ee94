import type { FastifyReply } from 'fastify'
import type { Appearance } from '../pages/appearance.ts'
import { errorPage } from '../pages/error-page.ts'
import { sendPage } from '../wire/send-page.ts'
import { sendAnswer } from './authorization-answer.ts'
import type { ReadRequest } from './authorization-request.ts'

/** Answers a request that is not in order: to the client where it is known where that is, else on a page. */
export function sendRefusal(
  reply: FastifyReply,
  appearance: Appearance,
  refusal: Exclude<ReadRequest, { outcome: 'good' }>,
  status: 302 | 303,
): FastifyReply {
  if (refusal.outcome === 'page') {
    const { title, text } = appearance.words.refusedFlow[refusal.problem]
    sendPage(reply, 400, errorPage(appearance, { title, explanation: text }))
    return reply
  }
  const { address, error, description } = refusal
  return sendAnswer(reply, address, { error, error_description: description }, status)
}
