/** The member's own sessions: the check that tells whether somebody is signed in, and the end of one, or of all. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { unauthenticated } from '../../operations/identify-caller.ts'
import { logOut } from '../../operations/log-out.ts'
import {
  currentSession,
  endOwnSessions,
  isCookieOf,
  type OwnCredential,
  sessionToLeave,
} from '../../operations/own-sessions.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { timestamp } from '../../protocol/timestamp.ts'
import { type SessionCookie, secretsToLeave, sessionCookieOf } from '../cookies/read-session-cookie.ts'
import { removeCookies } from '../cookies/remove-cookies.ts'
import { cookieTrustOf } from '../logout/cookie-trust.ts'
import { isPrefetch } from '../logout/rendering.ts'
import { addMethod } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'

const nothing = Type.Null({ description: 'No content' })

/** Adds the methods. */
export function sessionRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings
  const about = { errors: 'identity', tag: 'Sessions', security: ['accessToken'] } as const

  addMethod(scope, surroundings, {
    ...about,
    addresses: ['/v1/sessions/current'],
    methods: ['GET'],
    summary: 'The session of the caller, by access token or cookie',
    answers: {
      200: Type.Object({
        session: Type.Object({
          memberId: Type.String(),
          clientId: Type.Optional(Type.String()),
          createdDate: Type.String(),
          lastUsedDate: Type.String(),
          expiresDate: Type.String(),
        }),
      }),
    },
    handler: async ({ request }) => {
      const session = await currentSession(service, credentialOf(surroundings, request))
      return {
        session: {
          memberId: session.memberId,
          ...(session.clientId === null ? {} : { clientId: session.clientId }),
          createdDate: timestamp(session.createdAt),
          lastUsedDate: timestamp(session.usedAt),
          expiresDate: timestamp(Math.min(session.expiresAt, session.usedAt + session.idleMs)),
        },
      }
    },
  })

  addMethod(scope, surroundings, {
    ...about,
    addresses: ['/v1/sessions/current'],
    methods: ['DELETE'],
    summary: 'End the session of the caller',
    description: 'Answers alike whether the credential is live, expired, ended, unknown or absent.',
    answers: { 204: nothing },
    handler: async ({ request, reply }) => {
      addVary(reply)
      refusePrefetch(request)
      const cookie = sessionCookieOf(service, request)
      const loggedOut = await logOut(service, {
        clientId: null,
        postLogoutRedirectUri: null,
        logoutTicket: null,
        confirmation: null,
        authorization: request.headers.authorization,
        cookieSecrets: secretsToLeave(cookie),
        cookieTrust: cookie.state === 'absent' ? 'act' : await cookieTrustOf(surroundings, request, 'envelope'),
        requestId: request.id,
      })
      if (loggedOut.outcome === 'done' && loggedOut.forgetCookie) removeCookies(reply)
      return reply.code(204).send()
    },
  })

  addMethod(scope, surroundings, {
    ...about,
    addresses: ['/v1/sessions'],
    methods: ['DELETE'],
    summary: "End every session of the caller's member, or every one but the current",
    description:
      'Asked again with the same credential, because the answer was lost, it is a success; what was started since lives on.',
    query: Type.Object({ except: optional(Type.Literal('current')) }),
    answers: { 204: nothing },
    handler: async ({ query, request, reply }) => {
      addVary(reply)
      refusePrefetch(request)
      const credential = await believedCredential(surroundings, request)
      const { session: current, leftEverywhere } = await sessionToLeave(service, credential)
      const keepCurrent = query.except === 'current'
      if (keepCurrent && leftEverywhere)
        throw unauthenticated('belongs to a session that has ended', 'logout_everywhere')
      const { cookieSecret } = credential
      const forgetCookie =
        !keepCurrent &&
        (cookieSecret === undefined
          ? request.headers.cookie === undefined
          : await isCookieOf(service, cookieSecret, current))
      if (!leftEverywhere) await endOwnSessions(service, current, { keepCurrent, requestId: request.id })
      if (forgetCookie) removeCookies(reply)
      return reply.code(204).send()
    },
  })
}

function credentialOf({ service }: Surroundings, request: FastifyRequest): OwnCredential {
  return {
    authorization: request.headers.authorization,
    cookieSecret: secretOf(sessionCookieOf(service, request)),
  }
}

/**
 * What names the caller where something is to end: the cookie only where no other site can have caused the call.
 *
 * @throws {ApplicationRefusal} `PERMISSION_DENIED` when only a cookie speaks, and it may not be believed.
 */
async function believedCredential(surroundings: Surroundings, request: FastifyRequest): Promise<OwnCredential> {
  const { authorization } = request.headers
  const cookie = sessionCookieOf(surroundings.service, request)
  if (cookie.state === 'absent' || (await cookieTrustOf(surroundings, request, 'envelope')) === 'act') {
    return { authorization, cookieSecret: secretOf(cookie) }
  }
  if (authorization !== undefined) return { authorization, cookieSecret: undefined }
  throw new ApplicationRefusal(
    'PERMISSION_DENIED',
    'A cookie is not believed here, as another site may have caused the call',
  )
}

function secretOf(cookie: SessionCookie): string | undefined {
  return cookie.state === 'present' ? cookie.secret : undefined
}

function refusePrefetch(request: FastifyRequest): void {
  if (isPrefetch(request)) throw new ApplicationRefusal('PREFETCH_REFUSED', 'Logging out cannot be done ahead of time')
}

/** What decides whether a cookie is believed. */
function addVary(reply: FastifyReply): void {
  reply.header('vary', 'Origin, Sec-Fetch-Site')
}
