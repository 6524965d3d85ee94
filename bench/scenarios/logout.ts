import { adjournSqlite } from '../contenders/adjourn-sqlite/contender.ts'
import { authJs } from '../contenders/auth-js/contender.ts'
import { bareHttp } from '../contenders/bare-http/contender.ts'
import { betterAuth } from '../contenders/better-auth/contender.ts'
import { expressSession } from '../contenders/express-session/contender.ts'
import { fastifyAlone } from '../contenders/fastify-alone/contender.ts'
import { naive } from '../contenders/naive/contender.ts'
import { oidcProviderMemory, oidcProviderSqlite } from '../contenders/oidc-provider/contender.ts'
import { loadEntry } from './load-entry.ts'
import type { Scenario } from './scenario.ts'

/** Goals 1, 2, 3 and 6. */
export const logout: Scenario = {
  name: 'logout',
  title: 'Durable logouts by session cookie, one core',
  entries: [
    loadEntry(adjournSqlite, 'logout'),
    loadEntry(bareHttp, 'logout'),
    loadEntry(fastifyAlone, 'logout'),
    loadEntry(naive, 'logout'),
    loadEntry(betterAuth, 'logout'),
    loadEntry(authJs, 'logout'),
    loadEntry(expressSession, 'logout'),
    loadEntry(oidcProviderMemory, 'logout'),
    loadEntry(oidcProviderSqlite, 'logout'),
  ],
}
