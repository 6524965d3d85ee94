import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorPageArguments, errorPage } from '../pages/error-page.ts'
import type { Words } from '../pages/words/words.ts'
import { appearanceWithoutSite } from '../wire/appearance-for.ts'
import { sendPage } from '../wire/send-page.ts'
import { answerOf, type ErrorAnswer } from './answer.ts'

/** How a route says that something is wrong. */
export type ErrorStyle =
  | 'identity'
  /** As `identity`, for a method whose callers break on field violations: they are told as an application error. */
  | 'identity_without_violations'
  | 'oauth'
  | 'page'

/** Answers an error in the style of the route that it arose on, and logs what nobody foresaw. */
export function sendError(request: FastifyRequest, reply: FastifyReply, error: unknown, style: ErrorStyle): void {
  const answer = answerOf(error)
  noteError(request, answer, error)
  // What a handler had prepared for a success goes with it: a failure signs nobody in and sends nobody anywhere.
  for (const name of ['set-cookie', 'location', 'clear-site-data']) reply.removeHeader(name)
  addErrorHeaders(reply, answer)
  if (style === 'page') {
    const appearance = appearanceWithoutSite(request)
    const said = saidOf(answer, appearance.words)
    sendPage(reply, answer.status, errorPage(appearance, { ...said, reference: request.id }))
    return
  }
  reply
    .code(answer.status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(bodyOf(answer, style)))
}

function bodyOf(answer: ErrorAnswer, style: Exclude<ErrorStyle, 'page'>) {
  if (style === 'oauth') return oauthBody(answer)
  return envelope(style === 'identity_without_violations' ? { ...answer, violations: null } : answer)
}

/**
 * Counts and logs a refusal or failure. What is not the caller's fault is logged with the error, whose own text stays here: the
 * caller is given the request's id. Of a refusal neither the error nor what it says is logged, as it may quote what came.
 */
export function noteError(request: FastifyRequest, answer: ErrorAnswer, error: unknown): void {
  const { status, code, because } = answer
  request.server.measurements.refused(code, because)
  const requestId = request.id
  if (answer.unexpected) request.log.error({ requestId, code, because, err: error }, 'A request could not be served')
  else request.log.debug({ requestId, status, code, because }, 'A request was refused')
}

/** The headers that belong to an error, whatever its body looks like. */
export function addErrorHeaders(reply: FastifyReply, answer: ErrorAnswer): void {
  reply.header('cache-control', 'no-store')
  if (answer.retryAfterSeconds !== null) reply.header('retry-after', answer.retryAfterSeconds)
  if (answer.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer error="invalid_token"')
}

/** The error envelope of the identity API: always exactly one of the two kinds of detail. */
export function envelope(answer: ErrorAnswer) {
  if (answer.violations !== null) {
    return {
      message: 'Request validation failed',
      details: { validationError: { fieldViolations: answer.violations } },
    }
  }
  return {
    message: answer.description,
    details: {
      applicationError: { code: answer.code, description: answer.description, data: answer.data },
    },
  }
}

/** The body of an OAuth error (RFC 6749 section 5.2), with what is known besides. */
function oauthBody({ oauth, description, data }: ErrorAnswer) {
  const { because } = data
  return { error: oauth, error_description: description, ...(because === undefined ? {} : { because }) }
}

/** What a page says of an error. What has no words of its own is told as programs are told it. */
function saidOf(answer: ErrorAnswer, { error, problems }: Words): Omit<ErrorPageArguments, 'reference'> {
  const { status, because, retryAfterSeconds, description } = answer
  const title = titleOf(answer, error)
  if (because === 'database_away') return { title, explanation: error.unavailable }
  if (because === 'commit_not_confirmed') return { title, explanation: error.notConfirmed }
  if (status === 429) return { title, explanation: problems.throttled(Math.ceil((retryAfterSeconds ?? 60) / 60)) }
  if (status === 500) return { title, explanation: error.failed.text }
  return { title, explanation: description, isTechnical: true }
}

function titleOf({ status }: ErrorAnswer, { notFound, failed, refused }: Words['error']): string {
  if (status === 404) return notFound.title
  return status >= 500 ? failed.title : refused
}
