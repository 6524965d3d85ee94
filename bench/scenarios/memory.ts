import { adjournSqlite } from '../contenders/adjourn-sqlite/contender.ts'
import { figuresOf } from '../load/process-figures.ts'
import { measureLoadOn } from '../running/measure-load.ts'
import type { Entry, Scenario } from './scenario.ts'

/** Goal 11. */
export function memory(many: number): Scenario {
  return {
    name: 'memory',
    title: 'Resident memory by the number of stored sessions, after the start and after checks at full load',
    entries: [entry('none', 100), entry('many', many)],
  }
}

function entry(key: string, sessions: number): Entry {
  const sizes = { sessions, known: Math.min(sessions, 100_000) }
  return {
    key,
    title: `Adjourn, SQLite, ${sessions.toLocaleString('en')} sessions`,
    contender: adjournSqlite,
    sizes,
    measure: async ({ install, profile }) => {
      const contender = adjournSqlite
      const installation = await install(contender, sizes)
      const server = await installation.start()
      try {
        const idle = figuresOf(server.pids).rssBytes
        await measureLoadOn({ contender, installation, server }, 'check', profile)
        return { idleRssMib: idle / 2 ** 20, rssMib: figuresOf(server.pids).rssBytes / 2 ** 20 }
      } finally {
        await server.stop()
      }
    },
  }
}
