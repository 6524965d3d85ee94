import type { StoredKey } from '../../ports/keys.ts'
import type { KeyRotation, RecordedAct } from '../../ports/storage.ts'
import { text } from '../stored/row.ts'
import type { Connection } from './connection.ts'
import { logLock } from './locks.ts'
import { type Column, columnsOf, insertOf, type Statement, unnestOf } from './parameters.ts'
import { sealStatement, type Told } from './seal.ts'
import { beginWith, commitWith, giveUp } from './transaction.ts'

/** Adds keys and sets when others retire. */
export async function rotateKeys(connection: Connection, { add, retire, actor, ...asked }: KeyRotation): Promise<void> {
  const [sites] = await beginWith(connection, [{ text: 'SELECT id FROM site', parameters: [] }])
  const [site] = sites ?? []
  if (site === undefined) {
    await giveUp(connection)
    throw new RangeError('Cannot rotate keys as there is no site')
  }
  const siteId = text(site, 'id') as Told['siteId']
  const told = tellOne({ at: asked.at, requestId: asked.requestId, siteId, event: 'keys.rotated', actor })
  await commitWith(connection, [insertKeys(add), retireKeys(retire), logLock, told], true)
}

/** Replaces the private material of keys that exist. */
export async function rewrapKeys(connection: Connection, keys: readonly Rewrapped[]): Promise<void> {
  await commitWith(connection, [{ text: rewrapText, parameters: columnsOf(rewrapColumns, keys) }], false)
}

/** Writes the record of an act that changes nothing else. */
export async function recordAct(connection: Connection, act: RecordedAct): Promise<void> {
  await commitWith(connection, [logLock, tellOne(act)], false)
}

/** A single audit record. The log's lock must be held. */
export function tellOne(told: Omit<Told, 'place'>): Statement {
  return sealStatement([], [{ ...told, place: 1 }], new Uint8Array(32))
}

export const insertKeys = insertOf<StoredKey>('stored_key', [
  { name: 'kid', type: 'text', of: ({ kid }) => kid },
  { name: 'purpose', type: 'text', of: ({ purpose }) => purpose },
  { name: 'alg', type: 'text', of: ({ alg }) => alg },
  { name: 'public_jwk', type: 'text', of: ({ publicJwk }) => publicJwk },
  { name: 'private_material', type: 'bytea', of: ({ privateMaterial }) => privateMaterial },
  { name: 'wrapped_by', type: 'text', of: ({ wrappedBy }) => wrappedBy },
  { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  { name: 'active_from', type: 'bigint', of: ({ activeFrom }) => activeFrom },
  { name: 'retired_at', type: 'bigint', of: ({ retiredAt }) => retiredAt },
])

type Retired = KeyRotation['retire'][number]

const retiredColumns: readonly Column<Retired>[] = [
  { name: 'kid', type: 'text', of: ({ kid }) => kid },
  { name: 'retired_at', type: 'bigint', of: ({ retiredAt }) => retiredAt },
]

function retireKeys(retire: readonly Retired[]): Statement {
  return {
    text: `UPDATE stored_key x SET retired_at = r.retired_at FROM ${unnestOf(retiredColumns, 'r')} WHERE x.kid = r.kid`,
    parameters: columnsOf(retiredColumns, retire),
  }
}

type Rewrapped = Pick<StoredKey, 'kid' | 'privateMaterial' | 'wrappedBy'>

const rewrapColumns: readonly Column<Rewrapped>[] = [
  { name: 'kid', type: 'text', of: ({ kid }) => kid },
  { name: 'private_material', type: 'bytea', of: ({ privateMaterial }) => privateMaterial },
  { name: 'wrapped_by', type: 'text', of: ({ wrappedBy }) => wrappedBy },
]

const rewrapText = `
  UPDATE stored_key x SET private_material = r.private_material, wrapped_by = r.wrapped_by
  FROM ${unnestOf(rewrapColumns, 'r')} WHERE x.kid = r.kid`
