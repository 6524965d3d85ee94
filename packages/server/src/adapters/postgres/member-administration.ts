import { endOfEmailPrefix } from '../../domain/email.ts'
import { erased, isErased } from '../../domain/erasure.ts'
import type { MemberId } from '../../domain/ids.ts'
import type { Member } from '../../domain/member.ts'
import { changeable } from '../../domain/member-change.ts'
import { profileAfter } from '../../domain/profile-change.ts'
import type {
  EmailChange,
  EmailChanged,
  MemberAdded,
  MemberAddition,
  MemberAdministration,
  MemberDeleted,
  MemberDeletion,
  MemberList,
  MemberRecord,
  MemberUpdate,
  MemberUpdated,
} from '../../ports/storage.ts'
import { recordedChallengeOf, recordedMailOf, recordedSessionOf } from '../stored/member-record.ts'
import { memberOf } from '../stored/records.ts'
import { integer, text } from '../stored/row.ts'
import { columnsOfTable } from '../stored/tables.ts'
import type { Access } from './access.ts'
import type { Loaded } from './loaded.ts'
import { memberColumns } from './member-columns.ts'
import { memberColumns as insertedColumns, type Needs } from './needs.ts'
import { arrayOf, columnsOf, type Statement, unnestOf } from './parameters.ts'
import type { Work } from './work.ts'

/** What an operator does with members: lists, adds, changes and deletes them. */
export function memberAdministrationMethods({ rows, one, commit }: Access): MemberAdministration {
  return {
    findMemberRecord: async (id) => {
      const member = await one(memberOf, `SELECT ${memberColumns} FROM member WHERE id = $1`, id)
      return member === undefined ? undefined : { member, ...(await belongings(rows, id)) }
    },
    listMembers: async (list) => {
      const { text: statement, parameters } = listStatement(list)
      return (await rows(statement, ...parameters)).map(memberOf)
    },
    addMembers: (addition) => commit(addMembers(addition), 'apart'),
    updateMember: (update) => commit(updateMember(update), 'apart'),
    changeEmail: (change) => commit(changeEmail(change), 'apart'),
    deleteMember: (deletion) => commit(deleteMember(deletion), 'apart'),
  }
}

const sessionsText = `
  SELECT s.id, s.client_id, s.created_at, s.used_at, s.expires_at, s.persistent::int AS persistent, s.device,
    coalesce((SELECT e.cause FROM revocation_log e WHERE e.kind = 'session' AND e.session_id = s.id), 0) AS end_code,
    (SELECT coalesce(string_agg(g.client_id, ' ' ORDER BY g.id), '') FROM client_grant g WHERE g.session_id = s.id)
      AS client_ids
  FROM session s WHERE s.member_id = $1 ORDER BY s.id`

async function belongings(rows: Access['rows'], id: MemberId): Promise<Omit<MemberRecord, 'member'>> {
  const [sessions, challenges, mails, networks] = await Promise.all([
    rows(sessionsText, id),
    rows(`SELECT ${columnsOfTable('challenge')} FROM challenge WHERE member_id = $1 ORDER BY created_at, id`, id),
    rows(`SELECT ${columnsOfTable('mail')} FROM mail WHERE member_id = $1 ORDER BY id`, id),
    rows('SELECT used_at FROM familiar_network WHERE member_id = $1 ORDER BY used_at', id),
  ])
  return {
    sessions: sessions.map((row) => recordedSessionOf(row, integer(row, 'end_code'), text(row, 'client_ids'))),
    challenges: challenges.map(recordedChallengeOf),
    mails: mails.map(recordedMailOf),
    networksUsedAt: networks.map((row) => integer(row, 'used_at')),
  }
}

const ofSite = `SELECT ${memberColumns} FROM member WHERE site_id = $1`
const byAge = (limit: string) => `ORDER BY created_at DESC, id DESC LIMIT ${limit}::bigint`
const allText = `${ofSite} AND (created_at, id) < ($2, $3) ${byAge('$4')}`
const ofStatusText = `${ofSite} AND status = $5 AND (created_at, id) < ($2, $3) ${byAge('$4')}`
/** Ordered by code points, whatever the order of letters in the database. */
const byAddressText = `
  ${ofSite} AND email_key COLLATE "C" > $2 AND email_key COLLATE "C" >= $3 AND email_key COLLATE "C" < $4
    AND status <> 'DELETED'
  ORDER BY email_key COLLATE "C" LIMIT $5::bigint`

function listStatement(list: MemberList): Statement {
  const { siteId, limit } = list
  if (list.by === 'address') {
    const { prefix, after } = list
    return { text: byAddressText, parameters: [siteId, after ?? '', prefix, endOfEmailPrefix(prefix), limit] }
  }
  const { createdAt, id } = list.after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: '' }
  const parameters = [siteId, createdAt, id, limit]
  return list.status === null
    ? { text: allText, parameters }
    : { text: ofStatusText, parameters: [...parameters, list.status] }
}

const insertedNames = insertedColumns.map(({ name }) => name).join(', ')
const addText = `
  INSERT INTO member (${insertedNames}) SELECT ${insertedNames} FROM ${unnestOf(insertedColumns, 'r')}
  ON CONFLICT DO NOTHING RETURNING id, email_key`
const holdersText =
  'SELECT id, site_id, email_key FROM member WHERE site_id = ANY ($1::text[]) AND email_key = ANY ($2::text[])'

/** Adds those whose address and id are free. Who is added is known before anything is decided, as at a registration. */
function addMembers({ members, event, actor, ...asked }: MemberAddition): Work<readonly MemberAdded[]> {
  return (needs) => {
    // By address, so that two nodes that add the same people wait in the same order.
    const sorted = members.toSorted((a, b) => (a.emailKey < b.emailKey ? -1 : 1))
    const addedPlace = needs.ask({ text: addText, parameters: columnsOf(insertedColumns, sorted) })
    const sites = new Set(members.map(({ siteId }) => siteId))
    const addresses = arrayOf(members.map(({ emailKey }) => emailKey))
    const holdersPlace = needs.ask({ text: holdersText, parameters: [arrayOf(sites), addresses] })
    return (loaded, changes) => {
      const added = new Set(loaded.rows(addedPlace).map((row) => `${text(row, 'id')} ${text(row, 'email_key')}`))
      const holders = new Map(
        loaded
          .rows(holdersPlace)
          .map((row) => [`${text(row, 'site_id')} ${text(row, 'email_key')}`, text(row, 'id') as MemberId]),
      )
      const answers = members.map((member): MemberAdded => {
        // Each row was added once, also where two of the list are alike.
        if (added.delete(`${member.id} ${member.emailKey}`)) {
          changes.tell({ ...asked, siteId: member.siteId, event, actor, memberId: member.id })
          return { outcome: 'added' }
        }
        const holder = holders.get(`${member.siteId} ${member.emailKey}`)
        return holder === undefined ? { outcome: 'id_taken' } : { outcome: 'email_taken', by: holder }
      })
      return () => answers
    }
  }
}

const toChangeText = `SELECT ${memberColumns} FROM member WHERE id = $1 FOR NO KEY UPDATE`

/** The member as they are, kept as they are until the commit. */
function memberToChange(needs: Needs, id: MemberId): (loaded: Loaded) => Member | undefined {
  const place = needs.ask({ text: toChangeText, parameters: [id] })
  return (loaded) => loaded.rows(place).map(memberOf)[0]
}

function updateMember({ memberId, actor, revision, profile: change, ...asked }: MemberUpdate): Work<MemberUpdated> {
  return (needs) => {
    const memberIn = memberToChange(needs, memberId)
    return (loaded, changes) => {
      const found = changeable(memberIn(loaded), revision)
      if ('outcome' in found) return () => found
      const profile = profileAfter(found.profile, change)
      const member = { ...found, profile, revision: found.revision + 1, updatedAt: asked.at }
      changes.write({
        text: 'UPDATE member SET profile = $2, revision = $3, updated_at = $4 WHERE id = $1',
        parameters: [memberId, JSON.stringify(profile), member.revision, asked.at],
      })
      changes.tell({ ...asked, siteId: found.siteId, event: 'member.updated', actor, memberId })
      return () => ({ outcome: 'updated', member })
    }
  }
}

const holderText = `
  SELECT h.id FROM member h WHERE h.email_key = $2 AND h.site_id = (SELECT m.site_id FROM member m WHERE m.id = $1)`
const setEmailText = `
  UPDATE member SET email = $2, email_key = $3, email_verified = $4, revision = $5, updated_at = $6 WHERE id = $1`

/**
 * Gives a member another address. Where somebody takes it between the look and the write, the write is refused and all is
 * done again, which finds the address taken.
 */
function changeEmail({ memberId, actor, revision, mails, ...change }: EmailChange): Work<EmailChanged> {
  const { email, emailKey, emailVerified, at, requestId } = change
  return (needs) => {
    const memberIn = memberToChange(needs, memberId)
    const holderPlace = needs.ask({ text: holderText, parameters: [memberId, emailKey] })
    return (loaded, changes) => {
      const found = changeable(memberIn(loaded), revision)
      if ('outcome' in found) return () => found
      if (loaded.rows(holderPlace).some((row) => text(row, 'id') !== memberId)) {
        return () => ({ outcome: 'email_taken' })
      }
      const member = { ...found, email, emailKey, emailVerified, revision: found.revision + 1, updatedAt: at }
      changes.write({ text: setEmailText, parameters: [memberId, email, emailKey, emailVerified, member.revision, at] })
      changes.makeChallengesVoid(memberId, 'all', at)
      changes.mails.push(...mails)
      changes.tell({ at, requestId, siteId: found.siteId, event: 'member.email_changed', actor, memberId })
      return () => ({ outcome: 'changed', member })
    }
  }
}

const eraseText = `
  UPDATE member SET email = $2, email_key = $3, email_verified = $4, status = $5, status_reasons = $6, password_hash = $7,
    profile = $8, revision = revision + 1, updated_at = $9
  WHERE id = $1`
const eraseElsewhereTexts = [
  'UPDATE session SET device = NULL WHERE member_id = $1 AND device IS NOT NULL',
  'DELETE FROM challenge WHERE member_id = $1',
  'DELETE FROM mail WHERE member_id = $1',
  'DELETE FROM familiar_network WHERE member_id = $1',
]

/** Ends every session of a member and erases what is personal. */
function deleteMember({ memberId, actor, ...asked }: MemberDeletion): Work<MemberDeleted> {
  return (needs) => {
    needs.memberToEnd(memberId)
    const memberIn = memberToChange(needs, memberId)
    return (loaded, changes) => {
      const found = memberIn(loaded)
      if (found === undefined) return () => ({ outcome: 'unknown' })
      if (isErased(found)) return () => ({ outcome: 'deleted', ended: [] })
      const all = changes.end({ by: 'member', memberId }, { ...asked, cause: 'deleted', actor })
      const { email, emailKey, emailVerified, status, statusReasons, passwordHash, profile } = erased(found)
      const reasons = JSON.stringify(statusReasons)
      const values = [email, emailKey, emailVerified, status, reasons, passwordHash, JSON.stringify(profile)]
      changes.write({ text: eraseText, parameters: [memberId, ...values, asked.at] })
      for (const each of eraseElsewhereTexts) changes.write({ text: each, parameters: [memberId] })
      changes.tell({ ...asked, siteId: found.siteId, event: 'member.deleted', actor, memberId })
      return (ended) => {
        const answer = ended.answer(all)
        return { outcome: 'deleted', ended: answer.outcome === 'ended' ? answer.sessions : [] }
      }
    }
  }
}
