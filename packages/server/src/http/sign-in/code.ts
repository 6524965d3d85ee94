import type { FastifyInstance, FastifyReply } from 'fastify'
import { askForAnotherCode } from '../../operations/ask-for-another-code.ts'
import { verifyInBrowser } from '../../operations/verify-in-browser.ts'
import { waitingPage } from '../pages/waiting-page.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { pagePaths } from './flow.ts'
import { pageRoute } from './page-route.ts'
import { fieldOf } from './page-schemas.ts'
import { problemOf } from './problem-of.ts'
import { type AwaitedCode, showCodePage } from './show-code-page.ts'
import { browserOf, type Visit } from './visit.ts'

/**
 * The page that asks for the code of a mail. What it asks for stands in the form of a registration alone: who comes to its address
 * without one is sent to register.
 *
 * It tells one problem for every code that is no good, whether a registration waits for one or not: else it would tell who has an
 * account.
 */
export function codeRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  pageRoute(scope, surroundings, {
    path: pagePaths.code,
    show: async ({ reply, hrefOf }) => reply.code(303).header('location', hrefOf(pagePaths.register)).send(),
    submit: takeForm,
  })
}

async function takeForm(visit: Visit): Promise<FastifyReply> {
  const form = visit.request.body
  const awaited: AwaitedCode = {
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

async function verify(visit: Visit, { stateToken, remember }: AwaitedCode, code: string): Promise<FastifyReply> {
  const { surroundings, reply, flow, appearance } = visit
  const verified = await verifyInBrowser(surroundings.service, {
    ...browserOf(visit, { persistent: remember }),
    stateToken,
    code,
  })
  if (verified.outcome === 'signed_in') return flow.finish(reply, appearance, verified.newCookie)
  sendPage(reply, 200, waitingPage(appearance))
  return reply
}

async function sendAnother(visit: Visit, awaited: AwaitedCode): Promise<FastifyReply> {
  const { surroundings, request, appearance } = visit
  await askForAnotherCode(surroundings.service, {
    stateToken: awaited.stateToken,
    language: appearance.words.code,
    source: surroundings.limitedSource(request),
    requestId: request.id,
  })
  return showCodePage(visit, awaited, { anotherSent: true })
}
