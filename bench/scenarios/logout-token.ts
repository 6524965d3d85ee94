import { adjournRequests } from '../adjourn/requests.ts'
import type { Contender, Installation } from '../contender.ts'
import { adjournSqlite } from '../contenders/adjourn-sqlite/contender.ts'
import { betterAuth, betterAuthBearer } from '../contenders/better-auth/contender.ts'
import { collect } from '../running/collect.ts'
import { writeCredentials } from '../running/data-directory.ts'
import { measureLoadOn } from '../running/measure-load.ts'
import { freePort } from '../running/postgres-cluster.ts'
import type { RunningServer } from '../running/run-server.ts'
import { figuresOfLoad, loadEntry } from './load-entry.ts'
import type { Entry, Scenario } from './scenario.ts'

/** Fewer than the good signatures that the service remembers, which at 50,000 forgets the older half. */
const tokens = 24_000

/** Goal 4. */
export const logoutToken: Scenario = {
  name: 'logout-token',
  title: 'Durable logouts by access token, one core',
  entries: [
    tokenEntry('adjourn-sqlite', 'Adjourn, SQLite, tokens minted by the process', 'same process'),
    tokenEntry('first-seen', 'Adjourn, SQLite, tokens minted by the process before', 'process before'),
    loadEntry(betterAuthBearer, 'logout-token'),
    loadEntry(betterAuth, 'logout', { title: 'better-auth by cookie, SQLite' }),
  ],
}

/**
 * Tokens are got by refreshing over HTTP, from the process under load or from one before it on the same address: then every
 * signature is verified as one that was never seen.
 */
function tokenEntry(key: string, title: string, mintedBy: 'same process' | 'process before'): Entry {
  const contender = adjournSqlite
  return {
    key,
    title,
    contender,
    measure: async ({ install, profile, workplace }) => {
      const installation = await install(contender)
      // The address is the issuer of the tokens, so both processes need the same.
      const place = { ADJOURN_PORT: String(await freePort()) }
      let server = await installation.start(place)
      try {
        const minted = await withTokens(contender, installation, server, workplace)
        if (mintedBy === 'process before') {
          await server.stop()
          server = await installation.start(place)
        }
        return figuresOfLoad(await measureLoadOn({ contender, installation: minted, server }, 'logout-token', profile))
      } finally {
        await server.stop()
      }
    },
  }
}

async function withTokens(
  contender: Contender,
  installation: Installation,
  server: RunningServer,
  workplace: string,
): Promise<Installation> {
  const accessToken = await collect(
    { installation, server },
    contender.requests.refresh ?? adjournRequests.refresh,
    tokens,
    (body) => (JSON.parse(body) as { readonly access_token?: string }).access_token,
  )
  const written = writeCredentials(workplace, { accessToken })
  return { ...installation, credentials: { ...installation.credentials, ...written } }
}
