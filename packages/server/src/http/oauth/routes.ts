/** The OAuth surface: tokens and what they stand for, the key set, and the authorize endpoint that browsers visit. */
import type { FastifyInstance } from 'fastify'
import type { Surroundings } from '../wire/surroundings.ts'
import { authorizeRoute } from './authorize.ts'
import { jwksRoute } from './jwks.ts'
import { formerTokenRoute, tokenRoute } from './token.ts'
import { tokenInfoRoute } from './token-info.ts'
import { userInfoRoute } from './user-info.ts'

/** Adds the methods. */
export function oauthRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  tokenRoute(scope, surroundings)
  formerTokenRoute(scope, surroundings)
  tokenInfoRoute(scope, surroundings)
  userInfoRoute(scope, surroundings)
  jwksRoute(scope, surroundings)
  // A scope of its own: its form comes from browsers alone, and what scripts send is not read.
  scope.register(async (pages) => {
    pages.removeContentTypeParser('application/json')
    authorizeRoute(pages, surroundings)
  })
}
