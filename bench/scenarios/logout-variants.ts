import { adjournSqlite, adjournSqliteNotices } from '../contenders/adjourn-sqlite/contender.ts'
import { loadEntry } from './load-entry.ts'
import type { Scenario } from './scenario.ts'

/** The other ways to log out by cookie. */
export const logoutVariants: Scenario = {
  name: 'logout-variants',
  title: 'Adjourn: the ways to log out by session cookie',
  entries: [
    loadEntry(adjournSqlite, 'logout', { key: 'api', title: 'POST /v1/logout' }),
    loadEntry(adjournSqlite, 'logout-page', { key: 'page', title: 'GET /v1/logout, by a browser: the page' }),
    loadEntry(adjournSqlite, 'logout-own-api', { key: 'own', title: 'DELETE /v1/sessions/current' }),
    loadEntry(adjournSqliteNotices, 'logout', {
      key: 'notices',
      title: 'POST /v1/logout, a notice owed to the client',
    }),
  ],
}
