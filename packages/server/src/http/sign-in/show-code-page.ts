import type { FastifyReply } from 'fastify'
import { codePage } from '../pages/code-page.ts'
import { signInFieldNames } from '../pages/sign-in-fields.ts'
import type { SignInProblem } from '../pages/sign-in-problem.ts'
import { sendPage } from '../wire/send-page.ts'
import { pagePaths } from './flow.ts'
import type { Visit } from './visit.ts'

/** A registration that waits for a code, as the form carries it along. */
export interface AwaitedCode {
  readonly stateToken: string
  /** As it was typed. */
  readonly email: string
  /** The wish to stay signed in. */
  readonly remember: boolean
}

/** Shows the page that asks for the code of a mail. */
export async function showCodePage(
  { reply, flow, appearance, hrefOf }: Visit,
  { stateToken, email, remember }: AwaitedCode,
  {
    status = 200,
    ...more
  }: { readonly status?: number; readonly problem?: SignInProblem; readonly anotherSent?: boolean },
): Promise<FastifyReply> {
  const page = codePage(appearance, {
    ...more,
    action: hrefOf(pagePaths.code),
    fields: {
      ...flow.fields,
      [signInFieldNames.stateToken]: stateToken,
      [signInFieldNames.email]: email,
      ...(remember ? { [signInFieldNames.remember]: 'yes' } : {}),
    },
    email,
    beginHref: hrefOf(pagePaths.register),
    submitRedirectsTo: flow.redirectsTo,
  })
  sendPage(reply, status, page)
  return reply
}
