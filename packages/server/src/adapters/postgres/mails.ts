import type { MailId } from '../../domain/ids.ts'
import type {
  KeptMail,
  LeasedMail,
  MailLease,
  MailList,
  MailRetry,
  MailSettlement,
  Mails,
  NewMail,
} from '../../ports/storage.ts'
import { leasedMailOf, mailOf } from '../stored/records.ts'
import { columnsOfTable } from '../stored/tables.ts'
import type { Access } from './access.ts'
import type { Connection } from './connection.ts'
import { type Column, columnsOf, insertOf, type Statement, unnestOf } from './parameters.ts'
import { commitWith } from './transaction.ts'
import type { Work } from './work.ts'

const mailColumns = columnsOfTable('mail')

/** What is read of mails and asked of one. What the senders do is apart: nobody's request waits for it. */
export function mailMethods({ rows, one, commit }: Access): Pick<Mails, 'listMails' | 'findMail' | 'retryMail'> {
  return {
    listMails: async ({ state, before, limit }: MailList) =>
      (await rows(state === null ? listText : listOf[state], before, limit)).map(mailOf),
    findMail: (id) => one(mailOf, `SELECT ${mailColumns} FROM mail WHERE id = $1::bigint`, id),
    retryMail: (retry) => commit(retryMail(retry), 'apart'),
  }
}

const listTextOf = (where: string) => `
  SELECT ${mailColumns} FROM mail WHERE ${where} AND ($1::bigint IS NULL OR id < $1::bigint)
  ORDER BY id DESC LIMIT $2::bigint`
const listText = listTextOf('true')
/** A statement for each state, so that the failed ones, of which there are few, are found by their index. */
const listOf: Readonly<Record<KeptMail['state'], string>> = {
  pending: listTextOf(`state = 'pending'`),
  sent: listTextOf(`state = 'sent'`),
  failed: listTextOf(`state = 'failed'`),
}

/** Of several nodes that lease at once, each is given mails of its own. */
const leaseText = `
  WITH due AS (
    SELECT id FROM mail WHERE state = 'pending' AND next_attempt_at <= $1::bigint
    ORDER BY next_attempt_at, id LIMIT $3::bigint FOR UPDATE SKIP LOCKED
  )
  UPDATE mail SET leased_until = $2::bigint, next_attempt_at = $2::bigint, attempts = attempts + 1
  WHERE id = ANY (ARRAY(SELECT id FROM due)) RETURNING ${mailColumns}`

/** Takes mails to send, in a transaction of its own. */
export async function leaseMails(
  connection: Connection,
  { at, until, limit }: MailLease,
): Promise<readonly LeasedMail[]> {
  const [leased = []] = await commitWith(connection, [{ text: leaseText, parameters: [at, until, limit] }], false)
  return leased.map(leasedMailOf).toSorted((a, b) => a.id - b.id)
}

const settlementColumns: readonly Column<MailSettlement>[] = [
  { name: 'id', type: 'bigint', of: ({ id }) => id },
  { name: 'leased_until', type: 'bigint', of: ({ leasedUntil }) => leasedUntil },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
  { name: 'outcome', type: 'text', of: ({ outcome }) => outcome },
  { name: 'failure', type: 'text', of: (settlement) => ('failure' in settlement ? settlement.failure : null) },
  {
    name: 'next',
    type: 'bigint',
    of: (settlement) => (settlement.outcome === 'again' ? settlement.nextAttemptAt : null),
  },
]

const settleText = `
  UPDATE mail x SET
    state = CASE r.outcome WHEN 'again' THEN 'pending' ELSE r.outcome END,
    settled_at = CASE r.outcome WHEN 'again' THEN NULL ELSE r.at END,
    next_attempt_at = r.next, leased_until = NULL, last_failure = r.failure
  FROM ${unnestOf(settlementColumns, 'r')}
  WHERE x.id = ANY ($1::bigint[]) AND x.id = r.id AND x.state = 'pending'
    AND (r.outcome = 'sent' OR x.leased_until = r.leased_until)`

/** Says what became of mails, in a transaction of its own. */
export async function settleMails(connection: Connection, settlements: readonly MailSettlement[]): Promise<void> {
  if (settlements.length === 0) return
  const parameters = columnsOf(settlementColumns, settlements)
  await commitWith(connection, [{ text: settleText, parameters }], false)
}

function retryMail({ id, actor, ...asked }: MailRetry): Work<Awaited<ReturnType<Mails['retryMail']>>> {
  return (needs) => {
    const place = needs.ask({
      text: `SELECT ${mailColumns} FROM mail WHERE id = $1::bigint FOR UPDATE`,
      parameters: [id],
    })
    return (loaded, changes) => {
      const [mail] = loaded.rows(place).map(mailOf)
      if (mail === undefined) return () => ({ outcome: 'unknown' })
      if (mail.state !== 'failed') return () => ({ outcome: 'not_failed' })
      changes.write(retryStatement(id, asked.at))
      changes.makesMailDue = true
      const { siteId, memberId } = mail
      changes.tell({ ...asked, siteId, event: 'mail.retried', actor, ...(memberId === null ? {} : { memberId }) })
      return () => ({ outcome: 'pending' })
    }
  }
}

const retryStatement = (id: MailId, at: number): Statement => ({
  text: `
    UPDATE mail SET state = 'pending', settled_at = NULL, next_attempt_at = $2::bigint, attempts = 0
    WHERE id = $1::bigint`,
  parameters: [id, at],
})

const newMailColumns: readonly Column<NewMail>[] = [
  { name: 'site_id', type: 'text', of: ({ siteId }) => siteId },
  { name: 'member_id', type: 'text', of: ({ memberId }) => memberId },
  { name: 'kind', type: 'text', of: ({ kind }) => kind },
  { name: 'recipient', type: 'text', of: ({ recipient }) => recipient },
  { name: 'language', type: 'text', of: ({ language }) => language },
  { name: 'parameters', type: 'text', of: ({ parameters }) => JSON.stringify(parameters) },
  { name: 'state', type: 'text', of: () => 'pending' },
  { name: 'attempts', type: 'bigint', of: () => 0 },
  { name: 'next_attempt_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
]

/** Keeps mails. */
export const insertMails = insertOf<NewMail>('mail', newMailColumns)

/** A mail that is owed only where a request ends a session of the member whom it is about. */
export interface MailOfEnd {
  readonly mail: NewMail
  readonly requestId: string
}

const mailOfEndColumns: readonly Column<MailOfEnd>[] = [
  ...newMailColumns.map(({ of, ...column }) => ({ ...column, of: ({ mail }: MailOfEnd) => of(mail) })),
  { name: 'request_id', type: 'text', of: ({ requestId }) => requestId },
]

const newMailNames = newMailColumns.map(({ name }) => name).join(', ')

/**
 * Keeps mails where something has ended. To be run after what ends it, under the lock of the log: the entries that were
 * written last are then those of this transaction, or of one before, in which nobody asked by the same request.
 */
const insertMailsOfEndsText = `
  INSERT INTO mail (${newMailNames})
  SELECT ${newMailNames} FROM ${unnestOf(mailOfEndColumns, 'r')}
  WHERE EXISTS (
    SELECT FROM log_head h JOIN log_batch b ON b.n = h.n
    JOIN revocation_log l ON l.n > b.n - b.entries AND l.n <= b.n
    WHERE l.kind = 'session' AND l.member_id = r.member_id AND l.request_id = r.request_id
  )`

export function insertMailsOfEnds(mails: readonly MailOfEnd[]): Statement {
  return { text: insertMailsOfEndsText, parameters: columnsOf(mailOfEndColumns, mails) }
}
