import { adjournSqlite } from '../contenders/adjourn-sqlite/contender.ts'
import { bareHttp } from '../contenders/bare-http/contender.ts'
import { naive } from '../contenders/naive/contender.ts'
import { loadEntry } from './load-entry.ts'
import type { Scenario } from './scenario.ts'

const profile = { pace: 1000, warmupMs: 2000, measureMs: 8000 }

/** Goal 5. */
export const steady: Scenario = {
  name: 'steady',
  title: 'Latency at a fixed 1,000 logouts a second, from when each was meant to be sent',
  entries: [
    loadEntry(adjournSqlite, 'logout', { profile }),
    loadEntry(naive, 'logout', { profile }),
    loadEntry(bareHttp, 'logout', { profile }),
  ],
}
