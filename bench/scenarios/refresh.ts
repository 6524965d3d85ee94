import { adjournSqlite } from '../contenders/adjourn-sqlite/contender.ts'
import { oidcProviderMemory, oidcProviderSqlite } from '../contenders/oidc-provider/contender.ts'
import { loadEntry } from './load-entry.ts'
import type { Scenario } from './scenario.ts'

/** Goal 8. */
export const refresh: Scenario = {
  name: 'refresh',
  title: 'Refreshes with a new ES256 access token, one core',
  entries: [
    loadEntry(adjournSqlite, 'refresh'),
    loadEntry(oidcProviderMemory, 'refresh'),
    loadEntry(oidcProviderSqlite, 'refresh'),
  ],
}
