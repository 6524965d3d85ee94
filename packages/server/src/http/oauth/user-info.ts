import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Member } from '../../domain/member.ts'
import { identifyCaller } from '../../operations/identify-caller.ts'
import { userInfo } from '../../operations/user-info.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { addMethod } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'

/** User Info: the member who calls. */
export function userInfoRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings
  addMethod(scope, surroundings, {
    addresses: addressesOf('oauth', '/user-info'),
    methods: ['GET'],
    errors: 'identity',
    summary: 'The member whose access token is presented',
    tag: 'OAuth',
    security: ['accessToken'],
    answers: {
      200: Type.Object({
        sub: Type.String(),
        givenName: Type.Optional(Type.String()),
        familyName: Type.Optional(Type.String()),
        email: Type.String(),
        emailVerified: Type.Boolean(),
        picture: Type.Optional(Type.String()),
        language: Type.Optional(Type.String()),
        name: Type.Optional(Type.String()),
      }),
    },
    handler: async ({ request }) => {
      const caller = await identifyCaller(service, request.headers.authorization)
      return userInfoOf(await userInfo(service, caller))
    },
  })
}

/** A name is cut at this many characters, as the message's own limit says. */
const nameCharactersMax = 20

/** Whole code points: half of one would reach the caller as a broken character. */
function cutName(name: string): string {
  return Array.from(name).slice(0, nameCharactersMax).join('')
}

function userInfoOf({ id, email, emailVerified, profile }: Member) {
  const { firstName, lastName, picture, language } = profile
  const name = [firstName, lastName].filter((part) => typeof part === 'string').join(' ')
  return {
    sub: id,
    ...(typeof firstName === 'string' ? { givenName: cutName(firstName) } : {}),
    ...(typeof lastName === 'string' ? { familyName: cutName(lastName) } : {}),
    email,
    emailVerified,
    ...(typeof picture === 'string' ? { picture } : {}),
    ...(typeof language === 'string' ? { language } : {}),
    ...(name === '' ? {} : { name }),
  }
}
