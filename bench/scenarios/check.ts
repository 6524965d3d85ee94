import { adjournSqlite } from '../contenders/adjourn-sqlite/contender.ts'
import { authJs } from '../contenders/auth-js/contender.ts'
import { bareHttp } from '../contenders/bare-http/contender.ts'
import { betterAuth } from '../contenders/better-auth/contender.ts'
import { expressSession } from '../contenders/express-session/contender.ts'
import { fastifyAlone } from '../contenders/fastify-alone/contender.ts'
import { naive } from '../contenders/naive/contender.ts'
import { loadEntry } from './load-entry.ts'
import type { Scenario } from './scenario.ts'

/** Goal 7. */
export const check: Scenario = {
  name: 'check',
  title: 'Session checks by cookie, one core',
  entries: [
    loadEntry(adjournSqlite, 'check'),
    loadEntry(bareHttp, 'check'),
    loadEntry(fastifyAlone, 'check'),
    loadEntry(naive, 'check'),
    loadEntry(betterAuth, 'check'),
    loadEntry(authJs, 'check'),
    loadEntry(expressSession, 'check'),
  ],
}
