import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { MemberId, SiteId } from '../../domain/ids.ts'
import type { Member } from '../../domain/member.ts'
import { judgeSession } from '../../domain/session.ts'
import type { MemberRegistration, PasswordChange, PasswordChanged } from '../../ports/storage.ts'
import { memberOf } from '../stored/records.ts'
import type { ChallengeTable } from './challenges.ts'
import type { Commit } from './commit.ts'
import type { Ending } from './ending.ts'
import type { MailTable } from './mails.ts'
import type { SessionFactsReader } from './session-facts.ts'
import type { SessionTable } from './sessions.ts'
import type { ThrottleTable } from './throttles.ts'

/** Takes the values that `memberValuesOf` gives. */
export const insertMember = `
  INSERT INTO member (id, site_id, email, email_key, email_verified, status, status_reasons, password_hash, profile,
    generation, revision, created_at, updated_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** A member as the values of a row. */
export function memberValuesOf(member: Member): readonly SQLInputValue[] {
  return [
    member.id,
    member.siteId,
    member.email,
    member.emailKey,
    member.emailVerified ? 1 : 0,
    member.status,
    JSON.stringify(member.statusReasons),
    member.passwordHash,
    JSON.stringify(member.profile),
    member.generation,
    member.revision,
    member.createdAt,
    member.updatedAt,
  ]
}

/** Members and their passwords. */
export class MemberTable {
  readonly #ending: Ending
  readonly #facts: SessionFactsReader
  readonly #sessions: SessionTable
  readonly #mails: MailTable
  readonly #challenges: ChallengeTable
  readonly #throttles: ThrottleTable
  readonly #find
  readonly #findByEmail
  readonly #insert
  readonly #rehash
  readonly #setPassword
  readonly #keepFormerSecret
  readonly #setSecret

  constructor(
    database: DatabaseSync,
    ending: Ending,
    facts: SessionFactsReader,
    sessions: SessionTable,
    mails: MailTable,
    challenges: ChallengeTable,
    throttles: ThrottleTable,
  ) {
    this.#ending = ending
    this.#facts = facts
    this.#sessions = sessions
    this.#mails = mails
    this.#challenges = challenges
    this.#throttles = throttles
    this.#find = database.prepare('SELECT * FROM member WHERE id = ?')
    this.#findByEmail = database.prepare('SELECT * FROM member WHERE site_id = ? AND email_key = ?')
    this.#insert = database.prepare(`${insertMember} ON CONFLICT (site_id, email_key) DO NOTHING`)
    this.#rehash = database.prepare('UPDATE member SET password_hash = ? WHERE id = ? AND password_hash = ?')
    this.#setPassword = database.prepare(
      'UPDATE member SET password_hash = ?, revision = revision + 1, updated_at = ? WHERE id = ?',
    )
    this.#keepFormerSecret = database.prepare(`
      INSERT INTO former_secret (hash, session_id) SELECT secret_hash, id FROM session
      WHERE id = ? AND secret_hash IS NOT NULL`)
    this.#setSecret = database.prepare('UPDATE session SET secret_hash = ? WHERE id = ?')
  }

  find(id: MemberId): Member | undefined {
    const row = this.#find.get(id)
    return row === undefined ? undefined : memberOf(row)
  }

  findByEmail(siteId: SiteId, emailKey: string): Member | undefined {
    const row = this.#findByEmail.get(siteId, emailKey)
    return row === undefined ? undefined : memberOf(row)
  }

  /** Adds a member; false where the address is taken. */
  add(member: Member): boolean {
    return this.#insert.run(...memberValuesOf(member)).changes > 0
  }

  register(
    commit: Commit,
    { member, session, mails = [], challenge = null, attempts = [], network = null, ...asked }: MemberRegistration,
  ): { readonly outcome: 'registered' | 'email_taken' } {
    this.#throttles.count(attempts)
    if (!this.add(member)) return { outcome: 'email_taken' }
    commit.tell({
      ...asked,
      siteId: member.siteId,
      event: 'member.registered',
      actor: { kind: 'member', id: member.id },
      memberId: member.id,
    })
    if (session !== null) this.#sessions.insert(commit, session, asked)
    if (challenge !== null) this.#challenges.insert(challenge)
    this.#mails.insert(mails)
    this.#throttles.settle({ forget: [], network }, member.id, asked.at)
    return { outcome: 'registered' }
  }

  rehash(memberId: MemberId, from: string, to: string): { readonly outcome: 'replaced' | 'changed' } {
    return { outcome: this.#rehash.run(to, memberId, from).changes === 0 ? 'changed' : 'replaced' }
  }

  changePassword(commit: Commit, change: PasswordChange): PasswordChanged {
    const { memberId, passwordHash, keep, keepSecretHash, mails = [], ...asked } = change
    const facts = this.#facts.read({ by: 'id', id: keep }, commit, asked.at)
    if (facts === undefined || facts.session.memberId !== memberId || judgeSession(facts).state !== 'live') {
      return { outcome: 'session_over' }
    }
    this.#setPassword.run(passwordHash, asked.at, memberId)
    this.#challenges.makeVoid(memberId, 'links', asked.at)
    // The old secret opens nothing any more, and still names the session to whoever logs out with it.
    this.#keepFormerSecret.run(keep)
    this.#setSecret.run(keepSecretHash, keep)
    const ended = this.#ending.endOthers(commit, memberId, keep, { ...asked, cause: 'password_changed', actor: null })
    const said = {
      ...asked,
      siteId: facts.session.siteId,
      actor: { kind: 'member', id: memberId },
      memberId,
      sessionId: keep,
    } as const
    this.#mails.insert(mails)
    commit.tell({ ...said, event: 'member.password_changed' })
    commit.tell({ ...said, event: 'session.secret_rotated' })
    return { outcome: 'changed', ended }
  }
}
