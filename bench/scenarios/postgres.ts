import type { Contender } from '../contender.ts'
import {
  adjournPostgres,
  adjournPostgresTwice,
  adjournPostgresUnshared,
} from '../contenders/adjourn-postgres/contender.ts'
import { expressSessionPostgres } from '../contenders/express-session/contender.ts'
import { withChildren } from '../load/process-figures.ts'
import { moveTo } from '../running/machine.ts'
import { measureLoadOn, type Profile } from '../running/measure-load.ts'
import { figuresOfLoad, loadEntry } from './load-entry.ts'
import type { Entry, Scenario } from './scenario.ts'

/** The goals on PostgreSQL for logouts. */
export const postgresLogout: Scenario = {
  name: 'postgres-logout',
  title: 'Durable logouts by session cookie on PostgreSQL, one core for service and database',
  entries: [
    loadEntry(adjournPostgres, 'logout'),
    loadEntry(adjournPostgresUnshared, 'logout'),
    loadEntry(expressSessionPostgres, 'logout'),
  ],
}

/** Long enough for two processes to be warm, of which each is sent half. */
const profile = { warmupMs: 3000 }

/**
 * The goal for several workers: what a check costs must not grow with their number. Workers are for machines with several
 * cores, so the goal is held to on every core of this one; on one core they empty each other's caches, which is shown too.
 */
export const postgresCheck: Scenario = {
  name: 'postgres-check',
  title: 'Session checks by cookie on PostgreSQL, one core for service and database unless a row says otherwise',
  entries: [
    loadEntry(adjournPostgres, 'check', { profile }),
    loadEntry(adjournPostgresTwice, 'check', { profile }),
    loadEntry(adjournPostgresTwice, 'check', {
      key: 'twice-as-many-connections',
      title: 'Adjourn, PostgreSQL, two processes, 128 connections',
      profile: { ...profile, connections: 128 },
    }),
    onEveryCore(adjournPostgres, 'one-on-every-core', 'Adjourn, PostgreSQL, every core', profile),
    onEveryCore(adjournPostgresTwice, 'two-on-every-core', 'Adjourn, PostgreSQL, two processes, every core', profile),
    onEveryCore(adjournPostgresTwice, 'two-on-every-core-128', 'The same, 128 connections', {
      ...profile,
      connections: 128,
    }),
    loadEntry(expressSessionPostgres, 'check', { profile }),
  ],
}

/** Checks by a service and a database that may use every core, the generator's included. Their processor time is what counts. */
function onEveryCore(contender: Contender, key: string, title: string, more: Partial<Profile>): Entry {
  return {
    key,
    title,
    contender,
    measure: async ({ install, profile }) => {
      const installation = await install(contender)
      const server = await installation.start()
      const pids = withChildren(server.pids)
      try {
        moveTo('every core', pids)
        return figuresOfLoad(await measureLoadOn({ contender, installation, server }, 'check', { ...profile, ...more }))
      } finally {
        // The database goes on and serves the next one.
        moveTo('the core of servers', withChildren(server.pids))
        await server.stop()
      }
    },
  }
}
