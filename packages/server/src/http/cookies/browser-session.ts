import type { FastifyReply, FastifyRequest } from 'fastify'
import type { NewCookie } from '../../operations/new-cookie.ts'
import type { Service } from '../../operations/service.ts'
import { readSessionCookie } from './read-session-cookie.ts'
import { sessionCookie, sessionCookieName } from './registry.ts'

/** Gives the browser the cookie of its new session. */
export function giveCookie(service: Service, reply: FastifyReply, { secret, keepMs }: NewCookie): void {
  reply.header('set-cookie', sessionCookie(service.baseUrl, secret, keepMs))
}

/** The session secret that the browser holds so far, where it holds exactly one. */
export function cookieSecretOf(service: Service, request: FastifyRequest): string | undefined {
  const cookie = readSessionCookie(request.headers.cookie, sessionCookieName(service.baseUrl))
  return cookie.state === 'present' ? cookie.secret : undefined
}
