import { normalizeEmail } from '../domain/email.ts'
import { familiarNetworkNotedAfterMs } from '../domain/familiar-network.ts'
import type { EpochMs } from '../domain/ids.ts'
import type { Source } from '../domain/network.ts'
import type { SiteSettings } from '../domain/site.ts'
import {
  attemptsAt,
  delayAfter,
  failuresUntilLocked,
  type ThrottleKind,
  throttleRules,
  waitOf,
} from '../domain/throttle.ts'
import { type Attempt, keyFromNetwork, type SettledAttempts, type ThrottlesFound } from '../ports/storage.ts'
import { isWrongCaptcha } from './assert-captcha.ts'
import type { Service } from './service.ts'
import { networkKey, throttleKey } from './throttle-keys.ts'
import type { PasswordVerdict } from './verify-password.ts'

/** An attempt to log in, and what was counted of others before it. */
export interface LoginStanding {
  /** The failures that it adds to, in order: in a row for the delay, in a row for the lock. Empty for no address at all. */
  readonly ofAccount: readonly { readonly key: string; readonly kind: ThrottleKind }[]
  /** What else is counted for this account, for callers from other networks. */
  readonly elsewhere: readonly { readonly key: string; readonly kind: ThrottleKind }[]
  readonly ofAddress: { readonly key: string; readonly kind: ThrottleKind } | undefined
  readonly network: string | null
  readonly found: ThrottlesFound
  readonly at: EpochMs
}

export type LimitedVerdict =
  | Exclude<PasswordVerdict, { readonly outcome: 'right' }>
  | (Extract<PasswordVerdict, { readonly outcome: 'right' }> & {
      /** To be given to whoever starts the session. */
      readonly settles: SettledAttempts
    })
  | { readonly outcome: 'throttled'; readonly waitMs: number }
  /** So many failures in a row that the account has to be recovered first. */
  | { readonly outcome: 'locked' }

const failureKinds = ['login_account', 'login_lock'] as const

/**
 * The throttles of an account, for a recovery to forget: whoever can read the member's mail may guess anew.
 *
 * @param emailKey - The address in its canonical form.
 */
export function throttlesOfAccount(service: Service, emailKey: string): readonly string[] {
  return failureKinds.map((kind) => throttleKey(service, kind, emailKey))
}

/**
 * Looks up what was counted for an address and a source: one question to the database.
 *
 * From a network that the member has used, failures are counted apart from those of everybody else: strangers can neither
 * delay the member there nor lock them out.
 *
 * @param source - Where the request comes from; `null` where that says nothing of who made it.
 */
export async function findLoginStanding(
  service: Service,
  { email, source }: { readonly email: string; readonly source: Source | null },
): Promise<LoginStanding> {
  const emailKey = normalizeEmail(email)
  const network = source === null ? null : networkKey(service, source.network)
  const counted = (kind: ThrottleKind, what: string) => ({ kind, key: throttleKey(service, kind, what) })
  const everywhere = emailKey === undefined ? [] : failureKinds.map((kind) => counted(kind, emailKey))
  const here = network === null ? [] : everywhere.map(({ kind, key }) => ({ kind, key: keyFromNetwork(key, network) }))
  const ofAddress = source === null ? undefined : counted('login_address', source.address)
  const found = await service.storage.findThrottles({
    keys: [...everywhere, ...here, ...(ofAddress === undefined ? [] : [ofAddress])].map(({ key }) => key),
    familiar: emailKey === undefined || network === null ? null : { siteId: service.siteId, emailKey, network },
  })
  const isFamiliar = found.familiarSince !== null
  return {
    ofAccount: isFamiliar ? here : everywhere,
    elsewhere: isFamiliar ? everywhere : [],
    ofAddress,
    network,
    found,
    at: service.clock.now(),
  }
}

/**
 * Checks a password unless too many attempts failed before, and counts the attempt where it fails.
 *
 * Who has to wait, or is locked out, is told so without the password being looked at and without anything being written: an
 * attack costs no more than its questions. Ends nothing: sessions that live go on.
 *
 * @param check - Looks at the password. What it throws counts for nothing, but a wrong captcha counts for the source.
 */
export async function limitLogin(
  service: Service,
  { limits }: Pick<SiteSettings, 'limits'>,
  standing: LoginStanding,
  check: () => Promise<PasswordVerdict>,
): Promise<LimitedVerdict> {
  const { found, network, at, ofAccount, ofAddress } = standing
  if (limits === 'lifted') {
    const verdict = await check()
    return verdict.outcome === 'right' ? { ...verdict, settles: { forget: [], network: null } } : verdict
  }
  if (isLocked(service, standing, 0)) return { outcome: 'locked' }
  const all = [...ofAccount, ...(ofAddress === undefined ? [] : [ofAddress])]
  const waitMs = Math.max(0, ...all.map(({ key }) => waitOf(found.throttles.get(key), at)))
  if (waitMs > 0) return { outcome: 'throttled', waitMs }

  const underWay = service.loginsUnderWay.begin(ofAccount[0]?.key ?? '')
  try {
    const verdict = await check()
    if (verdict.outcome !== 'right') {
      underWay.fail()
      await count(service, all)
      return verdict
    }
    const failedMeanwhile = underWay.failedSince()
    if (isLocked(service, standing, failedMeanwhile)) return { outcome: 'locked' }
    const delay = failedMeanwhile === 0 ? 0 : delayOf(standing, failedMeanwhile)
    if (delay > 0) return { outcome: 'throttled', waitMs: delay }
    return { ...verdict, settles: settledBy(service, standing, network) }
  } catch (error) {
    if (ofAddress !== undefined && isWrongCaptcha(error)) await count(service, [ofAddress])
    throw error
  } finally {
    underWay.leave()
  }
}

/** Where no mail is sent nobody could recover a locked account, so that the delays are all there is. */
function isLocked(service: Service, standing: LoginStanding, more: number): boolean {
  return service.locksAccounts && failuresOf(standing, 'login_lock') + more >= failuresUntilLocked
}

function delayOf(standing: LoginStanding, more: number): number {
  return delayAfter(throttleRules.login_account, failuresOf(standing, 'login_account') + more)
}

function failuresOf({ ofAccount, found, at }: LoginStanding, wanted: ThrottleKind): number {
  const key = ofAccount.find(({ kind }) => kind === wanted)?.key
  return key === undefined ? 0 : attemptsAt(found.throttles.get(key), at)
}

function count(service: Service, counted: readonly Omit<Attempt, 'at'>[]): Promise<void> {
  const at = service.clock.now()
  return service.storage.countAttempts(counted.map((each) => ({ ...each, at })))
}

/** A success ends the row of failures, but does not open what is locked: that takes somebody who can read the member's mail. */
function settledBy(service: Service, standing: LoginStanding, network: string | null): SettledAttempts {
  const { ofAccount, elsewhere, found, at } = standing
  const forget = [...ofAccount, ...elsewhere]
    .filter(({ key, kind }) => {
      const attempts = attemptsAt(found.throttles.get(key), at)
      return attempts > 0 && !(service.locksAccounts && kind === 'login_lock' && attempts >= failuresUntilLocked)
    })
    .map(({ key }) => key)
  const isNews = found.familiarSince === null || at - found.familiarSince >= familiarNetworkNotedAfterMs
  return { forget, network: isNews ? network : null }
}
