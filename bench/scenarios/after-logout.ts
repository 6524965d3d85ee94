import type { Contender, Request } from '../contender.ts'
import { adjournPostgresTwice } from '../contenders/adjourn-postgres/contender.ts'
import { adjournSqlite } from '../contenders/adjourn-sqlite/contender.ts'
import type { Attempt } from '../load/after-logout.ts'
import { tryAfterLogout } from '../running/generator.ts'
import { Disqualified } from '../running/proof.ts'
import { credentialsFile, readCredentials } from '../running/read-credentials.ts'
import { requestTemplate } from '../running/request-template.ts'
import type { Entry, Scenario } from './scenario.ts'

const groups = 8
/** Of these, most ask by cookie whether somebody is signed in; the others want a new access token. */
const checksAfterLogout = 9
const refreshesAfterLogout = 1

/**
 * Goal 13.
 *
 * @param enough - After how many attempts a round ends.
 */
export function afterLogout(enough: number): Scenario {
  return {
    name: 'after-logout',
    title: 'Requests that start after the answer of the logout of their session, on other connections',
    counts: true,
    entries: [entry(adjournSqlite, enough), entry(adjournPostgresTwice, enough)],
  }
}

function entry(contender: Contender, enough: number): Entry {
  return {
    key: contender.name,
    title: contender.title,
    contender,
    measure: async ({ install }) => {
      const installation = await install(contender)
      const server = await installation.start()
      try {
        const { logout, check, refresh } = contender.requests
        if (logout === undefined || check === undefined || refresh === undefined) throw new Error('Not enough requests')
        const portAfterwards = server.otherPorts?.[0] ?? server.port
        const attempt = (request: Request, port: number, status: number): Attempt => {
          const [example = ''] = readCredentials(installation, request.credential)
          const file = credentialsFile(installation, request.credential)
          return { template: requestTemplate(request, port, example), credentialsFile: file, status }
        }
        const times = <T>(count: number, value: T) => Array.from({ length: count }, () => value)
        const found = await tryAfterLogout({
          port: server.port,
          portAfterwards,
          logout: attempt(logout, server.port, logout.expect.status),
          attempts: [
            ...times(checksAfterLogout, attempt(check, portAfterwards, 401)),
            ...times(refreshesAfterLogout, attempt(refresh, portAfterwards, 400)),
          ],
          groups,
          from: 0,
          to: readCredentials(installation, logout.credential).length,
          enough,
        })
        if (found.unclear > 0) throw new Error(`${found.unclear} answers were neither: ${found.example}`)
        if (found.accepted > 0) throw new Disqualified(`accepted after the logout: ${found.example}`)
        return {
          attempts: found.attempts,
          accepted: found.accepted,
          logouts: found.logouts,
          perSecond: found.attempts / found.seconds,
        }
      } finally {
        await server.stop()
      }
    },
  }
}
