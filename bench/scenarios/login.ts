import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { adjournSqlitePasswords } from '../contenders/adjourn-sqlite/contender.ts'
import { pinned, serverCore } from '../running/machine.ts'
import { measureLoad, measureLoadOn } from '../running/measure-load.ts'
import { figuresOfLoad } from './load-entry.ts'
import type { Entry, Scenario } from './scenario.ts'

const verifyProgram = fileURLToPath(import.meta.resolve('../contenders/bare-argon2/verify.ts'))

/** Enough to keep every thread busy, and less than waits in line before the service turns logins away. */
const loginConnections = 32
const loginsMs = 8000
const steadyLogouts = 200

const contender = adjournSqlitePasswords
const steadily = { pace: steadyLogouts, warmupMs: 2000, measureMs: loginsMs }

/** Goal 9. */
export const login: Scenario = {
  name: 'login',
  title: 'Password logins, and logouts at a fixed 200 a second meanwhile, one core',
  entries: [
    {
      key: 'bare-argon2',
      title: 'bare argon2id of the same cost',
      contender,
      measure: async () => {
        const { file, args } = pinned(serverCore, [process.execPath, verifyProgram, String(loginsMs)])
        const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' })
        if (status !== 0) throw new Error(`argon2id could not be measured:\n${stderr}`)
        return { perSecond: Number(stdout) }
      },
    },
    {
      key: 'logins',
      title: 'Adjourn, SQLite: logins',
      contender,
      measure: async ({ install, profile }) => {
        const logins = { ...profile, connections: loginConnections, measureMs: loginsMs }
        return figuresOfLoad(await measureLoad(contender, await install(contender), 'login', logins))
      },
    },
    logoutEntry('logout-idle', 'Adjourn, SQLite: logouts, nobody logs in', false),
    logoutEntry('logout-meanwhile', 'Adjourn, SQLite: logouts while logins saturate', true),
  ],
}

function logoutEntry(key: string, title: string, withLogins: boolean): Entry {
  return {
    key,
    title,
    contender,
    measure: async ({ install, profile }) => {
      const installation = await install(contender)
      const server = await installation.start()
      try {
        const running = { contender, installation, server }
        // Longer than what is measured on both sides, so that no part of it is without them.
        const around = { ...profile, connections: loginConnections, warmupMs: 1000, measureMs: loginsMs + 4000 }
        const logins = withLogins ? measureLoadOn(running, 'login', around) : undefined
        const logouts = await measureLoadOn(running, 'logout', { ...profile, ...steadily })
        await logins
        return figuresOfLoad(logouts)
      } finally {
        await server.stop()
      }
    },
  }
}
