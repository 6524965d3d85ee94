import type { FastifyInstance, FastifyReply } from 'fastify'
import { deviceOf } from '../../domain/device.ts'
import { askForAnotherCode } from '../../operations/verify-during-authentication.ts'
import { verifyInBrowser } from '../../operations/verify-in-browser.ts'
import { cookieSecretOf } from '../cookies/browser-session.ts'
import { codePage } from '../pages/code-page.ts'
import { signInFieldNames } from '../pages/sign-in-fields.ts'
import type { SignInProblem } from '../pages/sign-in-problem.ts'
import { waitingPage } from '../pages/waiting-page.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { hrefOf, pagePaths } from './flow.ts'
import { assertOwnForm } from './own-form.ts'
import { fieldOf, pageForm } from './page-schemas.ts'
import { problemOf } from './problem-of.ts'
import { readFlow } from './read-flow.ts'
import { type Visit, visit } from './visit.ts'

/** A login that waits for a code, as the form carries it along. */
interface Awaited {
  readonly stateToken: string
  /** As it was typed. */
  readonly email: string
  /** The wish to stay signed in. */
  readonly remember: boolean
}

/**
 * The page that asks for the code of a mail. There by the form of a login or a registration alone, so it is only posted to.
 *
 * It tells one problem for every code that is no good, whether a login waits for one or not: else it would tell who has an account.
 */
export function codeRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const config = { errors: 'page' } as const
  scope.post(pagePaths.code, { config, schema: { body: pageForm, hide: true } }, async (request, reply) => {
    assertOwnForm(surroundings.service, request)
    const read = await readFlow(surroundings, request.body as Readonly<Record<string, unknown>>, request.id)
    return visit(surroundings, { request, reply }, read, takeForm)
  })
}

async function takeForm(visit: Visit): Promise<FastifyReply> {
  const form = visit.request.body
  const awaited: Awaited = {
    stateToken: fieldOf(form, 'stateToken'),
    email: fieldOf(form, 'email'),
    remember: fieldOf(form, 'remember') !== '',
  }
  try {
    return fieldOf(form, 'intent') === 'another_code'
      ? await sendAnother(visit, awaited)
      : await verify(visit, awaited, fieldOf(form, 'code').replaceAll(/\s/g, ''))
  } catch (error) {
    const notTaken = problemOf(visit.reply, error, visit.site.settings)
    if (notTaken === undefined) throw error
    return showCodePage(visit, awaited, notTaken)
  }
}

async function verify(visit: Visit, { stateToken, remember }: Awaited, code: string): Promise<FastifyReply> {
  const { surroundings, request, reply, flow, appearance } = visit
  const { service } = surroundings
  const verified = await verifyInBrowser(service, {
    stateToken,
    code,
    persistent: remember,
    clientId: flow.client.id,
    cookieSecret: cookieSecretOf(service, request),
    device: deviceOf(request.headers['user-agent']),
    source: surroundings.limitedSource(request),
    requestId: request.id,
  })
  if (verified.outcome === 'signed_in') return flow.goOn(reply, appearance, verified.newCookie)
  sendPage(reply, 200, waitingPage(appearance))
  return reply
}

async function sendAnother(visit: Visit, awaited: Awaited): Promise<FastifyReply> {
  const { surroundings, request } = visit
  const source = surroundings.limitedSource(request)
  await askForAnotherCode(surroundings.service, { stateToken: awaited.stateToken, source, requestId: request.id })
  return showCodePage(visit, awaited, { anotherSent: true })
}

/** The page, for a login that waits. */
export async function showCodePage(
  { reply, flow, appearance }: Visit,
  { stateToken, email, remember }: Awaited,
  {
    status = 200,
    ...more
  }: { readonly status?: number; readonly problem?: SignInProblem; readonly anotherSent?: boolean },
): Promise<FastifyReply> {
  const page = codePage(appearance, {
    ...more,
    action: pagePaths.code,
    fields: {
      ...flow.fields,
      [signInFieldNames.stateToken]: stateToken,
      [signInFieldNames.email]: email,
      ...(remember ? { [signInFieldNames.remember]: 'yes' } : {}),
    },
    email,
    signInHref: hrefOf(flow, flow.loginPath),
    submitRedirectsTo: flow.redirectsTo,
  })
  sendPage(reply, status, page)
  return reply
}
