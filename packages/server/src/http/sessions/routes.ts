/** The member's own sessions: the check that tells whether somebody is signed in, and the end of one, or of all. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { logOut } from '../../operations/log-out.ts'
import { currentSession, endOwnSessions, type OwnCredential } from '../../operations/own-sessions.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { readSessionCookie, type SessionCookie } from '../cookies/read-session-cookie.ts'
import { cookieRemovals, sessionCookieName } from '../cookies/registry.ts'
import { cookieTrustOf } from '../logout/cookie-trust.ts'
import { isPrefetch } from '../logout/rendering.ts'
import { addMethod } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'

const nothing = Type.Null({ description: 'No content' })

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
          createdDate: new Date(session.createdAt).toISOString(),
          lastUsedDate: new Date(session.usedAt).toISOString(),
          expiresDate: new Date(Math.min(session.expiresAt, session.usedAt + session.idleMs)).toISOString(),
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
      refusePrefetch(request)
      const cookie = cookieOf(surroundings, request)
      const loggedOut = await logOut(service, {
        clientId: null,
        postLogoutRedirectUri: null,
        logoutTicket: null,
        confirmation: null,
        authorization: request.headers.authorization,
        cookieSecret: cookie.state === 'present' ? cookie.secret : undefined,
        cookieTrust: cookie.state === 'present' ? await cookieTrustOf(surroundings, request, 'envelope') : 'act',
        requestId: request.id,
      })
      reply.header('vary', 'Origin, Sec-Fetch-Site')
      if (loggedOut.outcome === 'done' && loggedOut.forgetCookie) {
        for (const removal of cookieRemovals) reply.header('set-cookie', removal)
      }
      return reply.code(204).send()
    },
  })

  addMethod(scope, surroundings, {
    ...about,
    addresses: ['/v1/sessions'],
    methods: ['DELETE'],
    summary: "End every session of the caller's member, or every one but the current",
    query: Type.Object({ except: optional(Type.Literal('current')) }),
    answers: { 204: nothing },
    handler: async ({ query, request, reply }) => {
      refusePrefetch(request)
      const cookie = cookieOf(surroundings, request)
      if (cookie.state === 'present' && (await cookieTrustOf(surroundings, request, 'envelope')) !== 'act') {
        throw new ApplicationRefusal(
          'PERMISSION_DENIED',
          'A cookie is not believed here, as another site may have caused the call',
        )
      }
      const current = await currentSession(service, credentialOf(surroundings, request))
      const keepCurrent = query.except === 'current'
      await endOwnSessions(service, current, { keepCurrent, requestId: request.id })
      reply.header('vary', 'Origin, Sec-Fetch-Site')
      if (!keepCurrent) for (const removal of cookieRemovals) reply.header('set-cookie', removal)
      return reply.code(204).send()
    },
  })
}

function cookieOf({ service }: Surroundings, request: FastifyRequest): SessionCookie {
  return readSessionCookie(request.headers.cookie, sessionCookieName(service.baseUrl))
}

function credentialOf(surroundings: Surroundings, request: FastifyRequest): OwnCredential {
  const cookie = cookieOf(surroundings, request)
  if (cookie.state === 'ambiguous') {
    request.log.warn({ requestId: request.id }, 'A request carried more than one session cookie')
  }
  return {
    authorization: request.headers.authorization,
    cookieSecret: cookie.state === 'present' ? cookie.secret : undefined,
  }
}

function refusePrefetch(request: FastifyRequest): void {
  if (isPrefetch(request)) throw new ApplicationRefusal('PREFETCH_REFUSED', 'Logging out cannot be done ahead of time')
}
