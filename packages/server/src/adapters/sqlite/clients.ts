import type { DatabaseSync } from 'node:sqlite'
import type { AuditEvent } from '../../domain/audit-events.ts'
import type { Client } from '../../domain/client.ts'
import { clientOnceDeleted, clientOnceDisabled, clientOnceEnabled } from '../../domain/client-acts.ts'
import type { ClientId, Sid } from '../../domain/ids.ts'
import type {
  ClientAct,
  ClientChange,
  ClientChanged,
  ClientCreation,
  GrantsToEnd,
  NewClientSecret,
} from '../../ports/storage.ts'
import { changeableClientColumns, clientColumns } from '../stored/client-columns.ts'
import { clientOf } from '../stored/records.ts'
import { integer, text, textOrNull } from '../stored/row.ts'
import type { Commit } from './commit.ts'

/** The clients of the site, and what is owed of the ends of their grants. */
export class ClientTable {
  readonly #find
  readonly #list
  readonly #insert
  readonly #update
  readonly #delete
  readonly #oweEnds
  readonly #owing
  readonly #grants
  readonly #noteEnded

  constructor(database: DatabaseSync) {
    // GUIDs are compared without regard to case, and kept in lower case.
    this.#find = database.prepare('SELECT * FROM client WHERE id = lower(?) AND deleted_at IS NULL')
    this.#list = database.prepare('SELECT * FROM client WHERE deleted_at IS NULL ORDER BY created_at, id')
    this.#insert = database.prepare(`
      INSERT INTO client (${clientColumns.map(({ name }) => name).join(', ')})
      VALUES (${clientColumns.map(() => '?').join(', ')})`)
    this.#update = database.prepare(
      `UPDATE client SET ${changeableClientColumns.map(({ name }) => `${name} = ?`).join(', ')} WHERE id = ?`,
    )
    this.#delete = database.prepare('UPDATE client SET deleted_at = ? WHERE id = ?')
    this.#oweEnds = database.prepare('UPDATE client SET grants_to_end_after = 0 WHERE id = ?')
    this.#owing = database.prepare(`
      SELECT id, generation, grants_to_end_after FROM client WHERE grants_to_end_after IS NOT NULL ORDER BY id LIMIT 1`)
    this.#grants = database.prepare(`
      SELECT id, CASE WHEN client_id = ? AND client_generation < ? THEN sid END AS sid
      FROM client_grant WHERE id > ? ORDER BY id LIMIT ?`)
    this.#noteEnded = database.prepare(
      'UPDATE client SET grants_to_end_after = ? WHERE id = ? AND generation = ? AND grants_to_end_after = ?',
    )
  }

  find(id: ClientId): Client | undefined {
    const row = this.#find.get(id)
    return row === undefined ? undefined : clientOf(row)
  }

  list(): readonly Client[] {
    return this.#list.all().map(clientOf)
  }

  insert(client: Client): void {
    this.#insert.run(...clientColumns.map(({ of }) => of(client)))
  }

  create(commit: Commit, { client, actor, ...asked }: ClientCreation): void {
    this.insert(client)
    const { id: clientId, siteId } = client
    commit.tell({ ...asked, siteId, event: 'client.created', actor, clientId })
  }

  change(commit: Commit, { fields, ...act }: ClientChange): ClientChanged {
    return this.#become(commit, act, 'client.updated', (client) => ({ ...client, ...fields }))
  }

  setSecret(
    commit: Commit,
    { secretHash, replaces, ...act }: NewClientSecret,
  ): ClientChanged | { readonly outcome: 'has_one' } {
    if (!replaces && this.find(act.clientId)?.secretHash != null) return { outcome: 'has_one' }
    return this.#become(commit, act, 'client.secret_made', (client) => ({ ...client, secretHash }))
  }

  disable(commit: Commit, act: ClientAct): ClientChanged {
    return this.#become(commit, act, 'client.disabled', (client) => clientOnceDisabled(client, act.at))
  }

  enable(commit: Commit, act: ClientAct): ClientChanged {
    return this.#become(commit, act, 'client.enabled', clientOnceEnabled)
  }

  delete(commit: Commit, act: ClientAct): { readonly outcome: 'deleted' | 'unknown' } {
    const deleted = this.#become(commit, act, 'client.deleted', (client) => clientOnceDeleted(client, act.at))
    if (deleted.outcome === 'unknown') return deleted
    this.#delete.run(act.at, deleted.client.id)
    return { outcome: 'deleted' }
  }

  grantsToEnd(limit: number): GrantsToEnd | undefined {
    const owing = this.#owing.get()
    if (owing === undefined) return undefined
    const clientId = text(owing, 'id') as ClientId
    const generation = integer(owing, 'generation')
    const after = integer(owing, 'grants_to_end_after')
    const rows = this.#grants.all(clientId, generation, after, limit)
    const last = rows.at(-1)
    return {
      clientId,
      generation,
      sids: rows.flatMap((row) => (textOrNull(row, 'sid') as Sid | null) ?? []),
      after,
      next: rows.length < limit || last === undefined ? null : integer(last, 'id'),
    }
  }

  noteGrantsEnded({ clientId, generation, after, next }: GrantsToEnd): void {
    this.#noteEnded.run(next, clientId, generation, after)
  }

  /** Writes a client as it becomes, with its record, unless it stays as it is. */
  #become(
    commit: Commit,
    { clientId, actor, ...asked }: ClientAct,
    event: AuditEvent,
    become: (client: Client) => Client,
  ): ClientChanged {
    const before = this.find(clientId)
    if (before === undefined) return { outcome: 'unknown' }
    const client = become(before)
    if (client === before) return { outcome: 'changed', client }
    this.#update.run(...changeableClientColumns.map(({ of }) => of(client)), client.id)
    if (client.generation > before.generation) this.#oweEnds.run(client.id)
    commit.tell({ ...asked, siteId: client.siteId, event, actor, clientId: client.id })
    return { outcome: 'changed', client }
  }
}
