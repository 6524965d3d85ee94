import {
  adjournPostgres,
  adjournPostgresTwice,
  adjournPostgresUnshared,
} from '../contenders/adjourn-postgres/contender.ts'
import { expressSessionPostgres } from '../contenders/express-session/contender.ts'
import { loadEntry } from './load-entry.ts'
import type { Scenario } from './scenario.ts'

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

/** The goal for several workers: what a check costs must not grow with their number. */
export const postgresCheck: Scenario = {
  name: 'postgres-check',
  title: 'Session checks by cookie on PostgreSQL, one core for service and database',
  entries: [
    loadEntry(adjournPostgres, 'check', { profile }),
    loadEntry(adjournPostgresTwice, 'check', { profile }),
    loadEntry(adjournPostgresTwice, 'check', {
      key: 'twice-as-many-connections',
      title: 'Adjourn, PostgreSQL, two processes, 128 connections',
      profile: { ...profile, connections: 128 },
    }),
    loadEntry(expressSessionPostgres, 'check', { profile }),
  ],
}
