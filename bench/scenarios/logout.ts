import { adjournSqlite } from '../contenders/adjourn-sqlite/contender.ts'
import { bareHttp } from '../contenders/bare-http/contender.ts'
import { fastifyAlone } from '../contenders/fastify-alone/contender.ts'
import { naive } from '../contenders/naive/contender.ts'
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
  ],
}
