import { adjournRequests } from '../adjourn/requests.ts'
import type { Installation } from '../contender.ts'
import { adjournSqlite as contender } from '../contenders/adjourn-sqlite/contender.ts'
import { betterAuth, betterAuthBearer } from '../contenders/better-auth/contender.ts'
import type { LoadFigures } from '../load/plan.ts'
import { collect } from '../running/collect.ts'
import { writeCredentials } from '../running/data-directory.ts'
import { measureLoadOn, type Part, type Profile, type Running } from '../running/measure-load.ts'
import { freePort } from '../running/postgres-cluster.ts'
import { readCredentials } from '../running/read-credentials.ts'
import { figuresOfLoad, loadEntry, medianFigures } from './load-entry.ts'
import type { Entry, Scenario } from './scenario.ts'

/**
 * Tokens that are minted in one go. The service remembers 50,000 good signatures, but whenever 25,000 have come in it drops
 * those before: of more than that the first ones would be forgotten before their turn comes.
 */
const portion = 24_000

/** A portion is used up within seconds: long enough for 64 connections to be opened, and not more. */
const settleMs = 100
/** Longer than any portion lasts. */
const untilUsedUpMs = 60_000

/** More than are verified in a second, so that they do not run out before the time does. */
const firstSeenPerSecond = 6000

/** Goal 4. */
export const logoutToken: Scenario = {
  name: 'logout-token',
  title: 'Durable logouts by access token, one core',
  entries: [
    rememberedEntry('adjourn-sqlite', 'Adjourn, SQLite, tokens minted by the process'),
    firstSeenEntry('first-seen', 'Adjourn, SQLite, tokens minted by the process before'),
    loadEntry(betterAuthBearer, 'logout-token'),
    loadEntry(betterAuth, 'logout', { title: 'better-auth by cookie, SQLite' }),
  ],
}

/**
 * Every signature is remembered: portions of tokens are minted and used up in turn by one process. The first portions warm it
 * up, by the very work that is measured, and the ones after that are measured, each until nobody is left.
 */
function rememberedEntry(key: string, title: string): Entry {
  return {
    key,
    title,
    contender,
    measure: async ({ install, profile, workplace }) => {
      const installation = await install(contender)
      const sessions = readCredentials(installation, 'refreshToken').length
      const server = await installation.start()
      try {
        const running = { contender, installation, server }
        const tokens: string[] = []
        let warmMs = 0
        let measuredMs = 0
        const measured: LoadFigures[] = []
        while (measuredMs < profile.measureMs && tokens.length + portion <= sessions) {
          const part = { from: tokens.length, to: tokens.length + portion }
          tokens.push(...(await mint(running, part)))
          const figures = await useUp(
            { ...running, installation: holding(installation, workplace, tokens) },
            profile,
            part,
          )
          if (warmMs < profile.warmupMs) {
            warmMs += figures.seconds * 1000
          } else {
            measuredMs += figures.seconds * 1000
            measured.push(figures)
          }
        }
        if (measured.length === 0) throw new Error('The sessions ran out before the warm-up was over: seed more')
        return medianFigures(measured)
      } finally {
        await server.stop()
      }
    },
  }
}

/** Tokens are minted by a process before, on the same address: every signature is verified as one that was never seen. */
function firstSeenEntry(key: string, title: string): Entry {
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
        const seconds = (profile.warmupMs + profile.measureMs) / 1000
        const running = { contender, installation, server }
        const tokens = await mint(running, { from: 0, to: Math.ceil(seconds * firstSeenPerSecond) })
        await server.stop()
        server = await installation.start(place)
        const minted = holding(installation, workplace, tokens)
        return figuresOfLoad(await measureLoadOn({ contender, installation: minted, server }, 'logout-token', profile))
      } finally {
        await server.stop()
      }
    },
  }
}

/** Logs all sessions of a part out that are not for the looks from outside. */
async function useUp(running: Running, profile: Profile, part: Part): Promise<LoadFigures> {
  const untilUsedUp = { ...profile, warmupMs: settleMs, measureMs: untilUsedUpMs }
  return measureLoadOn(running, 'logout-token', untilUsedUp, part)
}

/** Tokens are got by refreshing over HTTP. */
function mint(running: Running, part: Part): Promise<readonly string[]> {
  return collect(
    running,
    contender.requests.refresh ?? adjournRequests.refresh,
    part,
    (body) => (JSON.parse(body) as { readonly access_token?: string }).access_token,
  )
}

/** The installation with the access tokens of its first sessions. */
function holding(installation: Installation, workplace: string, accessToken: readonly string[]): Installation {
  return {
    ...installation,
    credentials: { ...installation.credentials, ...writeCredentials(workplace, { accessToken }) },
  }
}
