import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { changePassword } from '../../operations/change-password.ts'
import { identifyCaller } from '../../operations/identify-caller.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { readSessionCookie } from '../cookies/read-session-cookie.ts'
import { sessionCookie, sessionCookieName } from '../cookies/registry.ts'
import { addMethod } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'

/** Change Password. The session that asks stays, with a new cookie if it came with one; all others of the member end. */
export function changePasswordRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings
  addMethod(scope, surroundings, {
    addresses: addressesOf('authentication', '/v2/change-password'),
    methods: ['POST'],
    errors: 'identity',
    summary: "Change the caller's password and end the member's other sessions",
    tag: 'Authentication',
    security: ['accessToken'],
    body: Type.Object({ newPassword: Type.String() }),
    answers: { 200: Type.Object({}) },
    handler: async ({ body, request, reply }) => {
      const caller = await identifyCaller(service, request.headers.authorization)
      const cookie = readSessionCookie(request.headers.cookie, sessionCookieName(service.baseUrl))
      const { newCookie } = await changePassword(service, caller, {
        password: body.newPassword,
        cookieSecret: cookie.state === 'present' ? cookie.secret : undefined,
        requestId: request.id,
      })
      if (newCookie !== null) {
        reply.header('set-cookie', sessionCookie(service.baseUrl, newCookie.secret, newCookie.keepMs))
      }
      return {}
    },
  })
}
