/** The row that says which installation a database belongs to, and what the server says of where it is. */

import type { SiteId } from '../../domain/ids.ts'
import {
  type FoundDatabase,
  generationOfNewEpoch,
  type Home,
  type Installation,
  isVerifiedPromotion,
  misfitsOf,
  type Witness,
} from '../../domain/installation.ts'
import type { EpochDecided, NewEpoch } from '../../ports/storage.ts'
import { DatabaseDoesNotFit, type WitnessKeeper } from '../../ports/witness.ts'
import { homeOf, installationOf } from '../stored/records.ts'
import { blob, flag, integer, type Row, text } from '../stored/row.ts'
import type { Connection } from './connection.ts'
import { tellOne } from './keys.ts'
import { logLock } from './locks.ts'
import type { Statement } from './parameters.ts'
import { sealStatement } from './seal.ts'
import { beginWith, commitWith, giveUp } from './transaction.ts'

/** What a look at the database found, with what the server says of its standbys at this moment. */
interface Found extends FoundDatabase {
  /** Whether commits have to wait for a standby. */
  readonly waits: boolean
  /** Whether there is a standby that they wait for, and that has caught up. */
  readonly standbyStreams: boolean
}

/**
 * The timeline is that of the log now being written: the control file learns of a promotion only at the next checkpoint.
 * Who may not read about replication sees no standby there.
 */
const foundText = `
  SELECT i.id, i.epoch, i.copied_at, i.system_identifier, i.timeline, i.table_id, i.synchronous::int AS synchronous,
    (SELECT c.system_identifier::text FROM pg_control_system() c) AS home_system_identifier,
    ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint AS home_timeline,
    (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) || '.' || 'installation'::regclass::oid
      AS home_table_id,
    (current_setting('recovery_target') || current_setting('recovery_target_name') ||
      current_setting('recovery_target_time') || current_setting('recovery_target_xid') ||
      current_setting('recovery_target_lsn') <> '')::int AS recovery_target,
    (current_setting('synchronous_standby_names') <> '')::int AS waits,
    EXISTS (SELECT FROM pg_stat_replication r
      WHERE r.state = 'streaming' AND r.sync_state IN ('sync', 'quorum'))::int AS standby_streams,
    h.n, h.chain, (SELECT max(a.n) FROM audit a) AS audit_n,
    (SELECT b.chain FROM log_batch b WHERE b.n = $1::bigint) AS chain_at_witness
  FROM log_head h LEFT JOIN installation i ON true`

/** Looks at the database. `witness` says at which number the chain is wanted. */
async function look(connection: Connection, witness: Witness | undefined): Promise<Found> {
  const [row] = await connection.rows(foundText, [witness?.n ?? null])
  if (row === undefined) throw new RangeError('Cannot read the revocation log as it has no head')
  return foundOf(row)
}

function foundOf(row: Row): Found {
  return {
    installation: row['id'] === null ? undefined : installationOf(row),
    home: homeOf({
      system_identifier: row['home_system_identifier'] ?? null,
      timeline: row['home_timeline'] ?? null,
      table_id: row['home_table_id'] ?? null,
    }),
    recoveryTarget: flag(row, 'recovery_target'),
    progress: {
      n: integer(row, 'n'),
      chain: blob(row, 'chain'),
      // The newest audit record is never pruned: the greatest number is the last that was given.
      auditN: row['audit_n'] === null ? 0 : integer(row, 'audit_n'),
    },
    chainAtWitness: row['chain_at_witness'] === null ? undefined : blob(row, 'chain_at_witness'),
    waits: flag(row, 'waits'),
    standbyStreams: flag(row, 'standby_streams'),
  }
}

/**
 * Makes sure, on a connection that was just opened, that the database is the one that was served last. One that no server
 * with this rule has opened yet becomes an installation by it; a promotion that was to be expected is noted.
 *
 * @returns What a witness should say now.
 * @throws {DatabaseDoesNotFit} When it is not. Nothing is changed.
 * @throws {UnreadableWitness} When the witness is none.
 */
export async function settle(connection: Connection, keeper: WitnessKeeper, newId: () => string): Promise<Witness> {
  const witness = keeper.read()
  let found = await look(connection, witness)
  assertFits(found, witness, keeper)
  if (found.installation === undefined) {
    // Of several nodes that start at once one makes it.
    await commitWith(connection, [makeText(witness?.installationId ?? newId(), found)], false)
    found = await look(connection, witness)
    assertFits(found, witness, keeper)
  }
  if (isVerifiedPromotion(found)) await notePromotion(connection, found)
  return witnessOf(found)
}

/**
 * Looks again at a database that was found to fit, and notes whether commits wait for a standby. That is withdrawn only
 * when they stop to wait: while they do, none is answered that a standby lacks.
 *
 * @param kept - What the keeper has.
 * @param change - Commits what has to be changed.
 * @throws {DatabaseDoesNotFit} When it was replaced while it was used.
 */
export async function lookAgain(
  connection: Connection,
  keeper: WitnessKeeper,
  kept: Witness,
  change: (statements: readonly Statement[]) => Promise<unknown>,
): Promise<Witness> {
  const found = await look(connection, kept)
  assertFits(found, kept, keeper)
  const { installation, waits, standbyStreams } = found
  const isSeen = waits && standbyStreams
  if (installation !== undefined && (installation.synchronous ? !waits : isSeen)) {
    await change([{ text: 'UPDATE installation SET synchronous = $1', parameters: [isSeen] }])
  }
  return witnessOf(found)
}

/** What a witness should say of the database. */
export async function bearWitness(connection: Connection): Promise<Witness> {
  return witnessOf(await look(connection, undefined))
}

/** Makes a database, in the transaction that has begun, the home of an installation that was moved into it. */
export async function makeHome(connection: Connection, { id, epoch }: MovedIn): Promise<void> {
  await connection.run(takeText(id, epoch, await look(connection, undefined)))
}

/** What an installation is known by wherever it lives. */
export type MovedIn = Pick<Installation, 'id' | 'epoch'>

/** Begins the next epoch. */
export async function decideEpoch(
  connection: Connection,
  { decision, newId, above, ...asked }: EpochDecided,
  seed: Uint8Array,
): Promise<NewEpoch> {
  const [, rows, sites] = await beginWith(connection, [
    { text: 'SELECT id FROM installation FOR UPDATE', parameters: [] },
    { text: foundText, parameters: [null] },
    { text: 'SELECT id, generation FROM site FOR NO KEY UPDATE', parameters: [] },
  ])
  const [row] = rows ?? []
  const [site] = sites ?? []
  if (row === undefined) {
    await giveUp(connection)
    throw new RangeError('Cannot read the revocation log as it has no head')
  }
  const found = foundOf(row)
  const epoch = Math.max(found.installation?.epoch ?? 0, above) + 1
  const statements: Statement[] = [takeText(found.installation?.id ?? newId, epoch, found)]
  if (site === undefined) {
    await commitWith(connection, statements, true)
    return { epoch, generation: null }
  }
  const siteId = text(site, 'id') as SiteId
  const generation = decision === 'keep' ? null : generationOfNewEpoch(integer(site, 'generation'), asked.at)
  const event = decision === 'keep' ? 'epoch.kept' : 'epoch.started'
  const told = { ...asked, siteId, event, actor: system, place: 2 } as const
  if (generation === null) {
    statements.push(logLock, sealStatement([], [told], seed))
  } else {
    const everyone = { ...asked, what: { by: 'everyone', siteId }, cause: 'restored', actor: system, place: 1 } as const
    statements.push(
      // The end itself raises it by the last step.
      { text: 'UPDATE site SET generation = $1 WHERE id = $2', parameters: [generation - 1, siteId] },
      logLock,
      sealStatement([everyone], [told], seed),
    )
  }
  await commitWith(connection, statements, true)
  return { epoch, generation }
}

const system = { kind: 'system' } as const

function assertFits(found: Found, witness: Witness | undefined, keeper: WitnessKeeper): void {
  const misfits = misfitsOf(found, witness)
  if (misfits.length > 0) throw new DatabaseDoesNotFit(misfits, keeper.place)
}

function witnessOf({ installation, progress, home }: Found): Witness {
  if (installation === undefined) {
    throw new RangeError('Cannot bear witness of a database without an installation')
  }
  return { ...progress, installationId: installation.id, epoch: installation.epoch, timeline: home?.timeline ?? null }
}

function makeText(id: string, { home, waits, standbyStreams }: Found): Statement {
  return {
    text: `
      INSERT INTO installation (one, id, epoch, system_identifier, timeline, table_id, synchronous)
      VALUES (true, $1, 1, $2, $3, $4, $5) ON CONFLICT (one) DO NOTHING`,
    parameters: [id, ...placeOf(home), waits && standbyStreams],
  }
}

function takeText(id: string, epoch: number, { home, waits, standbyStreams }: Found): Statement {
  return {
    text: `
      INSERT INTO installation AS i (one, id, epoch, system_identifier, timeline, table_id, synchronous)
      VALUES (true, $1, $2, $3, $4, $5, $6)
      ON CONFLICT (one) DO UPDATE SET id = excluded.id, epoch = excluded.epoch, copied_at = NULL,
        system_identifier = excluded.system_identifier, timeline = excluded.timeline, table_id = excluded.table_id,
        synchronous = excluded.synchronous`,
    parameters: [id, epoch, ...placeOf(home), waits && standbyStreams],
  }
}

/** Of several nodes that find the standby promoted, one notes it. */
async function notePromotion(connection: Connection, found: Found): Promise<void> {
  const [rows, sites] = await beginWith(connection, [
    { text: 'SELECT timeline FROM installation FOR UPDATE', parameters: [] },
    { text: 'SELECT id, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at FROM site', parameters: [] },
  ])
  const [row] = rows ?? []
  const [site] = sites ?? []
  const { home, waits, standbyStreams } = found
  if (row === undefined || home === null || integer(row, 'timeline') === home.timeline) {
    await giveUp(connection)
    return
  }
  const told =
    site === undefined
      ? []
      : [
          logLock,
          tellOne({
            at: integer(site, 'at'),
            siteId: text(site, 'id') as SiteId,
            event: 'standby.promoted',
            actor: system,
            requestId: '',
          }),
        ]
  const noted = {
    text: 'UPDATE installation SET timeline = $1, synchronous = $2',
    parameters: [home.timeline, waits && standbyStreams],
  }
  await commitWith(connection, [noted, ...told], true)
}

function placeOf(home: Home | null) {
  return [home?.systemIdentifier ?? null, home?.timeline ?? null, home?.tableId ?? null]
}
