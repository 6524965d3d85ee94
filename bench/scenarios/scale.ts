import { adjournSqlite as contender } from '../contenders/adjourn-sqlite/contender.ts'
import type { LoadFigures } from '../load/plan.ts'
import { measureLoadOn, type Profile, type Running, warmUpOn } from '../running/measure-load.ts'
import { medianFigures } from './load-entry.ts'
import type { Entry, Scenario } from './scenario.ts'

/** As many as the smaller installation has, so that both are measured in the same way: until nobody is left. */
const known = 10_000
/** Those who leave in the warm-up, and ask again until it is over. The others are not touched by it, nor are their pages read. */
const warming = { from: 0, to: 2000 }
const measured = { from: warming.to, to: known }

/** Who is left is gone within a second: long enough for 64 connections to be opened, and not more. */
const settleMs = 100
/** Longer than that takes. */
const untilUsedUpMs = 60_000

export interface ScaleSizes {
  /** Sessions in the larger installation. */
  readonly many: number
  /** How often a round starts anew, since a start is good for a second of logouts only. */
  readonly starts: number
}

/** Goal 10. */
export function scale({ many, starts }: ScaleSizes): Scenario {
  return {
    name: 'scale',
    title: 'Durable logouts by session cookie, by the number of stored sessions',
    entries: [entry('few', known, starts), entry('many', many, starts)],
  }
}

function entry(key: string, sessions: number, starts: number): Entry {
  const sizes = { sessions, known }
  return {
    key,
    title: `Adjourn, SQLite, ${sessions.toLocaleString('en')} sessions`,
    contender,
    sizes,
    measure: async ({ install, profile }) => {
      const installation = await install(contender, sizes)
      const each: LoadFigures[] = []
      while (each.length < starts) {
        const server = await installation.start()
        try {
          each.push(await measureWarm({ contender, installation, server }, profile))
        } finally {
          await server.stop()
        }
      }
      return medianFigures(each)
    },
  }
}

/**
 * Warms up by the request that is measured. Checks would leave the writing of the log to be compiled while it is measured, and
 * more sessions to end the smaller installation does not have.
 */
async function measureWarm(running: Running, profile: Profile): Promise<LoadFigures> {
  await warmUpOn(running, 'logout', profile, warming)
  const untilUsedUp = { ...profile, warmupMs: settleMs, measureMs: untilUsedUpMs }
  return measureLoadOn(running, 'logout', untilUsedUp, measured)
}
