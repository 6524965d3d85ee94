/**
 * The pages on which people sign in: log in, register, enter a code, choose a new password. They work without a script, and each
 * page carries along what its reader came for. The authorize endpoint shows the first of them too.
 */
import type { FastifyInstance } from 'fastify'
import type { Surroundings } from '../wire/surroundings.ts'
import { codeRoute } from './code.ts'
import { forgottenPasswordRoute } from './forgotten-password.ts'
import { loginRoute } from './login.ts'
import { newPasswordRoute } from './new-password.ts'
import { registerRoute } from './register.ts'

/** Adds the pages. Their forms come from browsers alone: what scripts send is not read. */
export function signInRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  scope.removeContentTypeParser('application/json')
  loginRoute(scope, surroundings)
  registerRoute(scope, surroundings)
  codeRoute(scope, surroundings)
  forgottenPasswordRoute(scope, surroundings)
  newPasswordRoute(scope, surroundings)
}
