import type { FastifyInstance, FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { findSite } from '../../operations/find-site.ts'
import { findRecovery, setPasswordByLink } from '../../operations/recover-member.ts'
import { recoveryRedirect } from '../../operations/recovery-redirect.ts'
import { sendRecoveryAgain } from '../../operations/send-recovery-again.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { mailSentPage } from '../pages/mail-sent-page.ts'
import {
  passwordSetPage,
  type RecoveryProblem,
  recoveryFieldNames,
  recoveryFormPage,
  recoveryProblemPage,
} from '../pages/recovery-pages.ts'
import type { SignInProblem } from '../pages/sign-in-problem.ts'
import { appearanceFor } from '../wire/appearance-for.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { assertOwnForm } from './own-form.ts'
import { problemOf } from './problem-of.ts'
import type { Exchange } from './visit.ts'

const query = Type.Object({ [recoveryFieldNames.token]: optional(Type.String()) })
const form = Type.Object({
  [recoveryFieldNames.token]: optional(Type.String()),
  [recoveryFieldNames.password]: optional(Type.String()),
  [recoveryFieldNames.intent]: optional(Type.String()),
})

interface OnSurroundings extends Exchange {
  readonly surroundings: Surroundings
}

/**
 * The page that the link in a mail leads to. Opening it changes nothing, however often: mail scanners and previews do, too. It
 * sets no cookie and signs nobody in.
 */
export function newPasswordRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const config = { errors: 'page' } as const
  scope.get(
    '/recover',
    { exposeHeadRoute: false, config, schema: { querystring: query, hide: true } },
    (request, reply) => show({ surroundings, request, reply }),
  )
  scope.post('/recover', { config, schema: { body: form, hide: true } }, (request, reply) =>
    submit({ surroundings, request, reply }),
  )
}

async function show(exchange: OnSurroundings): Promise<FastifyReply> {
  const recoveryToken = textOf(exchange.request.query, recoveryFieldNames.token)
  const found = await findRecovery(exchange.surroundings.service, recoveryToken)
  if (found.state !== 'good') return sendProblem(exchange, found.state, recoveryToken)
  return sendForm(exchange, 200, { recoveryToken, email: found.member.email })
}

async function submit(exchange: OnSurroundings): Promise<FastifyReply> {
  const { surroundings, request, reply } = exchange
  const { service, limitedSource } = surroundings
  // The token is what a forger would lack. Where the browser says that another site sent the form, it is refused all the same.
  assertOwnForm(service, request, { pageMayBeSilent: true })
  const recoveryToken = textOf(request.body, recoveryFieldNames.token)
  const requestId = request.id
  const source = limitedSource(request)
  if (textOf(request.body, recoveryFieldNames.intent) === 'again') {
    const appearance = await appearanceFor(service, request)
    const language = appearance.words.code
    if (!(await sendRecoveryAgain(service, { recoveryToken, language, source, requestId }))) {
      return sendProblem(exchange, 'unknown', recoveryToken)
    }
    sendPage(reply, 200, mailSentPage(appearance, {}))
    return reply
  }
  const found = await findRecovery(service, recoveryToken)
  if (found.state !== 'good') return sendProblem(exchange, found.state, recoveryToken)
  try {
    const password = textOf(request.body, recoveryFieldNames.password)
    const set = await setPasswordByLink(service, {
      recoveryToken,
      password,
      clientId: null,
      device: null,
      source,
      requestId,
    })
    const continueTo = await recoveryRedirect(service, set.challenge)
    const isWaiting = set.member.status !== 'ACTIVE'
    sendPage(reply, 200, passwordSetPage(await appearanceFor(service, request), { isWaiting, continueTo }))
    return reply
  } catch (error) {
    // Somebody was faster: the link was good a moment ago.
    if (error instanceof ApplicationRefusal) {
      const now = await findRecovery(service, recoveryToken)
      if (now.state === 'good') throw error
      return sendProblem(exchange, now.state, recoveryToken)
    }
    const { settings } = await findSite(service)
    const notTaken = problemOf(reply, error, settings)
    if (notTaken === undefined) throw error
    const { status, problem } = notTaken
    return sendForm(exchange, status, { recoveryToken, email: found.member.email, problem })
  }
}

async function sendForm(
  { surroundings: { service }, request, reply }: OnSurroundings,
  status: number,
  about: { readonly recoveryToken: string; readonly email: string; readonly problem?: SignInProblem },
): Promise<FastifyReply> {
  const [appearance, { settings }] = await Promise.all([appearanceFor(service, request), findSite(service)])
  const passwordLength = settings.passwordMinimumLength
  sendPage(reply, status, recoveryFormPage(appearance, { ...about, passwordLength }))
  return reply
}

async function sendProblem(
  { surroundings: { service }, request, reply }: OnSurroundings,
  problem: RecoveryProblem,
  recoveryToken: string,
): Promise<FastifyReply> {
  const page = recoveryProblemPage(await appearanceFor(service, request), problem, recoveryToken)
  sendPage(reply, problem === 'not_active' ? 403 : 400, page)
  return reply
}

function textOf(message: unknown, name: string): string {
  const value = (message as Readonly<Record<string, unknown>> | null)?.[name]
  return typeof value === 'string' ? value : ''
}
