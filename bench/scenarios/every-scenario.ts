import { afterLogout } from './after-logout.ts'
import { check } from './check.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { logoutToken } from './logout-token.ts'
import { logoutVariants } from './logout-variants.ts'
import { memory } from './memory.ts'
import { packages } from './packages.ts'
import { postgresCheck, postgresLogout } from './postgres.ts'
import { refresh } from './refresh.ts'
import { scale } from './scale.ts'
import type { Scenario } from './scenario.ts'
import { startup } from './startup.ts'
import { startupInstalled } from './startup-installed.ts'
import { steady } from './steady.ts'

/**
 * In the order in which they run.
 *
 * @param quick - Whether they are to be run for development: the large ones are made ten times smaller then.
 */
export function everyScenario(quick: boolean): readonly Scenario[] {
  return [
    logout,
    logoutToken,
    logoutVariants,
    steady,
    check,
    refresh,
    login,
    scale(quick ? { many: 500_000, starts: 1 } : { many: 5_000_000, starts: 5 }),
    memory(quick ? 100_000 : 1_000_000),
    startup,
    startupInstalled,
    packages,
    afterLogout(quick ? 10_000 : 1_000_000),
    postgresLogout,
    postgresCheck,
  ]
}
