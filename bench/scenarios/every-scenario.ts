import { check } from './check.ts'
import { logout } from './logout.ts'
import { logoutToken } from './logout-token.ts'
import { logoutVariants } from './logout-variants.ts'
import { postgresCheck, postgresLogout } from './postgres.ts'
import { refresh } from './refresh.ts'
import type { Scenario } from './scenario.ts'

/** In the order in which they run. */
export const everyScenario: readonly Scenario[] = [
  logout,
  logoutToken,
  logoutVariants,
  check,
  refresh,
  postgresLogout,
  postgresCheck,
]
