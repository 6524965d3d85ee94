import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { findRecovery, setPasswordByLink } from '../../operations/recover-member.ts'
import { recoveryRedirect } from '../../operations/recovery-redirect.ts'
import { sendRecoveryAgain } from '../../operations/send-recovery-again.ts'
import type { Service } from '../../operations/service.ts'
import { ApplicationRefusal, ValidationRefusal } from '../../protocol/identity-errors.ts'
import {
  passwordSetPage,
  type RecoveryProblem,
  recoveryFieldNames,
  recoveryFormPage,
  recoveryProblemPage,
  recoverySentPage,
} from '../pages/recovery-pages.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'

const query = Type.Object({ [recoveryFieldNames.token]: optional(Type.String()) })
const form = Type.Object({
  [recoveryFieldNames.token]: optional(Type.String()),
  [recoveryFieldNames.password]: optional(Type.String()),
  [recoveryFieldNames.intent]: optional(Type.String()),
})

/**
 * The page that the link in a mail leads to. Opening it changes nothing, however often: mail scanners and previews do, too. It
 * sets no cookie and signs nobody in.
 */
export function recoveryPage(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings
  const config = { errors: 'page' } as const
  scope.get(
    '/recover',
    { exposeHeadRoute: false, config, schema: { querystring: query, hide: true } },
    (request, reply) => show(service, request, reply),
  )
  scope.post('/recover', { config, schema: { body: form, hide: true } }, (request, reply) =>
    submit(surroundings, request, reply),
  )
}

async function show(service: Service, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const recoveryToken = textOf(request.query, recoveryFieldNames.token)
  const found = await findRecovery(service, recoveryToken)
  if (found.state !== 'good') return sendProblem(reply, found.state, recoveryToken)
  sendPage(reply, 200, recoveryFormPage({ recoveryToken, email: found.member.email }))
  return reply
}

async function submit(
  { service, limitedSource }: Surroundings,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  assertOwnForm(service, request)
  const recoveryToken = textOf(request.body, recoveryFieldNames.token)
  const requestId = request.id
  const source = limitedSource(request)
  if (textOf(request.body, recoveryFieldNames.intent) === 'again') {
    if (!(await sendRecoveryAgain(service, { recoveryToken, source, requestId }))) {
      return sendProblem(reply, 'unknown', recoveryToken)
    }
    sendPage(reply, 200, recoverySentPage())
    return reply
  }
  const found = await findRecovery(service, recoveryToken)
  if (found.state !== 'good') return sendProblem(reply, found.state, recoveryToken)
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
    sendPage(reply, 200, passwordSetPage({ isWaiting: set.member.status !== 'ACTIVE', continueTo }))
    return reply
  } catch (error) {
    if (error instanceof ValidationRefusal) {
      const problem = `The password ${error.violations.map(({ description }) => description).join(', and ')}.`
      sendPage(reply, 400, recoveryFormPage({ recoveryToken, email: found.member.email, problem }))
      return reply
    }
    // Somebody was faster: the link was good a moment ago.
    if (!(error instanceof ApplicationRefusal)) throw error
    const now = await findRecovery(service, recoveryToken)
    if (now.state === 'good') throw error
    return sendProblem(reply, now.state, recoveryToken)
  }
}

function sendProblem(reply: FastifyReply, problem: RecoveryProblem, recoveryToken: string): FastifyReply {
  sendPage(reply, problem === 'not_active' ? 403 : 400, recoveryProblemPage(problem, recoveryToken))
  return reply
}

/**
 * The token is what a forger would lack. Where the browser says that another site sent the form, it is refused all the same;
 * `Origin: null` is what browsers send from a page that may not name itself, as this one.
 */
function assertOwnForm(service: Service, { headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  const { origin } = headers
  const own = site === undefined ? [undefined, 'null', service.baseUrl].includes(origin) : site === 'same-origin'
  if (!own) throw new ApplicationRefusal('PERMISSION_DENIED', 'This form must be sent from the page of this service')
}

function textOf(message: unknown, name: string): string {
  const value = (message as Readonly<Record<string, unknown>> | null)?.[name]
  return typeof value === 'string' ? value : ''
}
