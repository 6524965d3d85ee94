import { betterAuthBearer } from '../contenders/better-auth/contender.ts'
import { loadEntry } from './load-entry.ts'
import type { Scenario } from './scenario.ts'

/** Goal 4. */
export const logoutToken: Scenario = {
  name: 'logout-token',
  title: 'Durable logouts by access token, one core',
  entries: [loadEntry(betterAuthBearer, 'logout-token')],
}
