import type { DatabaseSync } from 'node:sqlite'
import { familiarNetworksMost } from '../../domain/familiar-network.ts'
import type { EpochMs, MemberId } from '../../domain/ids.ts'
import { countAttempts, type Throttle, throttleRules } from '../../domain/throttle.ts'
import {
  type Attempt,
  type FamiliarNetwork,
  keyFromNetwork,
  type SettledAttempts,
  type ThrottleLook,
  type ThrottlesFound,
} from '../../ports/storage.ts'
import { throttleOf } from '../stored/records.ts'
import { integer, text } from '../stored/row.ts'

/** What is counted of attempts, and the networks that members have used. */
export class ThrottleTable {
  readonly #find
  readonly #set
  readonly #forget
  readonly #familiar
  readonly #noteUse
  readonly #forgetOldest
  readonly #networks

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT attempts, since, blocked_until, expires_at FROM throttle WHERE key = ?')
    this.#set = database.prepare(`
      INSERT INTO throttle (key, attempts, since, blocked_until, expires_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET attempts = excluded.attempts, since = excluded.since,
        blocked_until = excluded.blocked_until, expires_at = excluded.expires_at`)
    this.#forget = database.prepare('DELETE FROM throttle WHERE key = ?')
    this.#familiar = database.prepare(`
      SELECT f.used_at FROM member m JOIN familiar_network f ON f.member_id = m.id
      WHERE m.site_id = ? AND m.email_key = ? AND f.network = ?`)
    this.#noteUse = database.prepare(`
      INSERT INTO familiar_network (member_id, network, used_at) VALUES (?, ?, ?)
      ON CONFLICT (member_id, network) DO UPDATE SET used_at = max(used_at, excluded.used_at)`)
    this.#forgetOldest = database.prepare(`
      DELETE FROM familiar_network WHERE member_id = ?1 AND network NOT IN (
        SELECT network FROM familiar_network WHERE member_id = ?1 ORDER BY used_at DESC, network LIMIT ?2)`)
    this.#networks = database.prepare('SELECT network FROM familiar_network WHERE member_id = ?')
  }

  find({ keys, familiar }: ThrottleLook): ThrottlesFound {
    const throttles = new Map<string, Throttle>()
    for (const key of keys) {
      const found = this.#read(key)
      if (found !== undefined) throttles.set(key, found)
    }
    const use = familiar === null ? undefined : this.#familiar.get(familiar.siteId, familiar.emailKey, familiar.network)
    return { throttles, familiarSince: use === undefined ? null : integer(use, 'used_at') }
  }

  count(attempts: readonly Attempt[]): void {
    for (const { key, kind, at } of attempts) {
      const counted = countAttempts(throttleRules[kind], this.#read(key), { at, times: 1 })
      this.#set.run(key, counted.attempts, counted.since, counted.blockedUntil, counted.expiresAt)
    }
  }

  forget(keys: readonly string[]): void {
    for (const key of keys) this.#forget.run(key)
  }

  /** Forgets what is counted for an account, from everywhere. */
  unlock(keys: readonly string[], memberId: MemberId): void {
    const networks = keys.length === 0 ? [] : this.#networks.all(memberId).map((row) => text(row, 'network'))
    for (const key of keys) this.forget([key, ...networks.map((network) => keyFromNetwork(key, network))])
  }

  /** Of a login that succeeded. */
  settle({ forget, network }: SettledAttempts, memberId: MemberId, at: EpochMs): void {
    this.forget(forget)
    if (network !== null) this.noteUse({ memberId, network, usedAt: at })
  }

  noteUse({ memberId, network, usedAt }: FamiliarNetwork): void {
    this.#noteUse.run(memberId, network, usedAt)
    this.#forgetOldest.run(memberId, familiarNetworksMost)
  }

  #read(key: string): Throttle | undefined {
    const row = this.#find.get(key)
    return row === undefined ? undefined : throttleOf(row)
  }
}
