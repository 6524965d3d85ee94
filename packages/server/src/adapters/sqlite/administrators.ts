import type { DatabaseSync } from 'node:sqlite'
import { type AdministratorKey, mayRemove } from '../../domain/administrator.ts'
import type { SecretHash } from '../../domain/ids.ts'
import type { AdministratorAddition, KeyRemoval } from '../../ports/storage.ts'
import { administratorKeyOf } from '../stored/records.ts'
import type { Commit } from './commit.ts'

/** The keys of administrators. */
export class AdministratorTable {
  readonly #find
  readonly #list
  readonly #insert
  readonly #delete

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT * FROM administrator_key WHERE hash = ?')
    this.#list = database.prepare('SELECT * FROM administrator_key ORDER BY created_at, id')
    this.#insert = database.prepare(
      'INSERT INTO administrator_key (id, site_id, hash, created_at, name, role) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#delete = database.prepare('DELETE FROM administrator_key WHERE id = ?')
  }

  find(hash: SecretHash): AdministratorKey | undefined {
    const row = this.#find.get(hash)
    return row === undefined ? undefined : administratorKeyOf(row)
  }

  list(): readonly AdministratorKey[] {
    return this.#list.all().map(administratorKeyOf)
  }

  add(commit: Commit, { siteId, key, hash, actor, ...asked }: AdministratorAddition): void {
    this.#insert.run(key.id, siteId, hash, key.createdAt, key.name, key.role)
    commit.tell({ ...asked, siteId, event: 'administrator.added', actor, keyId: key.id })
  }

  remove(
    commit: Commit,
    { siteId, id, actor, ...asked }: KeyRemoval,
  ): { readonly outcome: 'removed' | 'unknown' | 'last_owner' } {
    const all = this.list()
    const key = all.find((each) => each.id === id)
    if (key === undefined) return { outcome: 'unknown' }
    if (!mayRemove(key, all)) return { outcome: 'last_owner' }
    this.#delete.run(id)
    commit.tell({ ...asked, siteId, event: 'administrator.removed', actor, keyId: id })
    return { outcome: 'removed' }
  }
}
