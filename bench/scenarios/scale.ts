import { adjournSqlite } from '../contenders/adjourn-sqlite/contender.ts'
import { measureLoad } from '../running/measure-load.ts'
import { figuresOfLoad } from './load-entry.ts'
import type { Entry, Scenario } from './scenario.ts'

/** As many as the smaller installation has, so that both are measured in the same way: until nobody is left. */
const known = 10_000

/** Goal 10. */
export function scale(many: number): Scenario {
  return {
    name: 'scale',
    title: 'Durable logouts by session cookie, by the number of stored sessions',
    entries: [entry('few', known), entry('many', many)],
  }
}

function entry(key: string, sessions: number): Entry {
  return {
    key,
    title: `Adjourn, SQLite, ${sessions.toLocaleString('en')} sessions`,
    contender: adjournSqlite,
    sizes: { sessions, known },
    measure: async ({ install, profile }) => {
      const installation = await install(adjournSqlite, { sessions, known })
      const until = { ...profile, warmupMs: 500, measureMs: 10_000 }
      return figuresOfLoad(await measureLoad(adjournSqlite, installation, 'logout', until))
    },
  }
}
