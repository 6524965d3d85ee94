/** The methods of the authentication service besides logout: register, log in, validate an address, change a password; and the policy. */
import type { FastifyInstance } from 'fastify'
import type { Surroundings } from '../wire/surroundings.ts'
import { changePasswordRoute } from './change-password.ts'
import { loginRoute } from './login.ts'
import { registerRoute } from './register.ts'
import { signOnRoute } from './sign-on.ts'
import { signOnPolicyRoutes } from './sign-on-policy.ts'
import { validateEmailRoute } from './validate-email.ts'

/** Adds the methods. */
export function identityRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  registerRoute(scope, surroundings)
  loginRoute(scope, surroundings)
  signOnRoute(scope, surroundings)
  validateEmailRoute(scope, surroundings)
  changePasswordRoute(scope, surroundings)
  signOnPolicyRoutes(scope, surroundings)
}
