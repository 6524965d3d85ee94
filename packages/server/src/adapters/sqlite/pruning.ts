import type { DatabaseSync } from 'node:sqlite'
import { familiarNetworkKeptMs } from '../../domain/familiar-network.ts'
import type { EpochMs } from '../../domain/ids.ts'
import { integerOrNull, type Row, text } from '../stored/row.ts'

const day = 24 * 60 * 60 * 1000

/** How long the details of an ended session are kept for people who ask what happened. */
const endedSessionsKeptMs = 30 * day
/** How long it is told whether a notice has arrived, or can be tried again: it names a session that has ended. */
const noticesKeptMs = endedSessionsKeptMs
/** How long it is told to whom a mail was sent, or why not; and how long one waits where nobody sends any. */
const mailsKeptMs = 30 * day
/** How long after its expiry a used code or ticket is still told apart from an unknown one. */
const expiredSecretsKeptMs = day

/**
 * Deletes what no credential can name any more.
 *
 * Where a row is missing, its credential is refused; so an end may be forgotten only together with what it ended, never
 * before it. Entries go in the order of the log, each with its session or grant, in one transaction.
 */
export class Pruning {
  readonly #oldEntries
  readonly #deletions
  readonly #deleteEntry
  readonly #grantsOfSession
  readonly #expired
  readonly #mails
  readonly #oldNetworks
  readonly #notices

  constructor(database: DatabaseSync) {
    this.#oldEntries = database.prepare(`
      SELECT n, kind, session_id, grant_id FROM revocation_log
      WHERE n IN (SELECT n FROM revocation_log ORDER BY n LIMIT ?) AND at <= ? AND until <= ? ORDER BY n`)
    this.#grantsOfSession = database.prepare('SELECT id FROM client_grant WHERE session_id = ?')
    this.#deletions = {
      session: database.prepare('DELETE FROM session WHERE id = ?'),
      formerSecrets: database.prepare('DELETE FROM former_secret WHERE session_id = ?'),
      grant: database.prepare('DELETE FROM client_grant WHERE id = ?'),
      refreshTokens: database.prepare('DELETE FROM refresh_token WHERE grant_id = ?'),
    }
    this.#deleteEntry = database.prepare('DELETE FROM revocation_log WHERE n = ?')
    this.#mails = (
      [
        [`state <> 'pending'`, 'settled_at'],
        [`state = 'pending'`, 'next_attempt_at'],
      ] as const
    ).map(([which, column]) =>
      database.prepare(
        `DELETE FROM mail WHERE id IN (SELECT id FROM mail WHERE ${which} AND ${column} <= ? ORDER BY ${column} LIMIT ?)`,
      ),
    )
    this.#notices = database.prepare(`
      DELETE FROM notice WHERE id IN (
        SELECT id FROM notice WHERE state <> 'pending' AND settled_at <= ? ORDER BY settled_at LIMIT ?)`)
    this.#expired = (
      [
        ['authorization_code', 'hash', 'expires_at'],
        ['ticket', 'hash', 'expires_at'],
        ['redirect_session', 'hash', 'expires_at'],
        ['challenge', 'id', 'expires_at'],
        ['visitor_tombstone', 'visitor_id', 'until'],
        ['throttle', 'key', 'expires_at'],
      ] as const
    ).map(([table, key, column]) =>
      database.prepare(
        `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${column} <= ? ORDER BY ${column} LIMIT ?)`,
      ),
    )
    this.#oldNetworks = database.prepare(`
      DELETE FROM familiar_network WHERE (member_id, network) IN (
        SELECT member_id, network FROM familiar_network WHERE used_at <= ? ORDER BY used_at LIMIT ?)`)
  }

  /** Prunes up to `limit` entries of the log and up to as many rows of each short-lived kind; says how many went. */
  prune(at: EpochMs, limit: number): number {
    const entries = this.#oldEntries.all(limit, at - endedSessionsKeptMs, at)
    for (const entry of entries) this.#forget(entry)
    let pruned = entries.length
    for (const statement of this.#expired) pruned += Number(statement.run(at - expiredSecretsKeptMs, limit).changes)
    for (const statement of this.#mails) pruned += Number(statement.run(at - mailsKeptMs, limit).changes)
    pruned += Number(this.#notices.run(at - noticesKeptMs, limit).changes)
    return pruned + Number(this.#oldNetworks.run(at - familiarNetworkKeptMs, limit).changes)
  }

  #forget(entry: Row): void {
    const sessionId = integerOrNull(entry, 'session_id')
    const grantId = integerOrNull(entry, 'grant_id')
    if (text(entry, 'kind') === 'session' && sessionId !== null) {
      for (const grant of this.#grantsOfSession.all(sessionId)) this.#forgetGrant(integerOrNull(grant, 'id'))
      this.#deletions.formerSecrets.run(sessionId)
      this.#deletions.session.run(sessionId)
    }
    if (text(entry, 'kind') === 'grant') this.#forgetGrant(grantId)
    this.#deleteEntry.run(integerOrNull(entry, 'n'))
  }

  #forgetGrant(id: number | null): void {
    this.#deletions.refreshTokens.run(id)
    this.#deletions.grant.run(id)
  }
}
