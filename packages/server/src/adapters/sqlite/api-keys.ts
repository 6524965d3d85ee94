import type { DatabaseSync } from 'node:sqlite'
import type { ApiKey } from '../../domain/api-key.ts'
import type { SecretHash } from '../../domain/ids.ts'
import type { ApiKeyCreation, KeyRemoval } from '../../ports/storage.ts'
import { apiKeyOf } from '../stored/records.ts'
import type { Commit } from './commit.ts'

/** The API keys. */
export class ApiKeyTable {
  readonly #find
  readonly #list
  readonly #insert
  readonly #delete

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT * FROM api_key WHERE hash = ?')
    this.#list = database.prepare('SELECT * FROM api_key ORDER BY created_at, id')
    this.#insert = database.prepare(
      'INSERT INTO api_key (id, site_id, name, permissions, hash, created_at) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#delete = database.prepare('DELETE FROM api_key WHERE id = ?')
  }

  find(hash: SecretHash): ApiKey | undefined {
    const row = this.#find.get(hash)
    return row === undefined ? undefined : apiKeyOf(row)
  }

  list(): readonly ApiKey[] {
    return this.#list.all().map(apiKeyOf)
  }

  create(commit: Commit, { siteId, key, hash, actor, ...asked }: ApiKeyCreation): void {
    this.#insert.run(key.id, siteId, key.name, JSON.stringify(key.permissions), hash, key.createdAt)
    commit.tell({ ...asked, siteId, event: 'api_key.created', actor, keyId: key.id })
  }

  revoke(commit: Commit, { siteId, id, actor, ...asked }: KeyRemoval): { readonly outcome: 'revoked' | 'unknown' } {
    if (this.#delete.run(id).changes === 0) return { outcome: 'unknown' }
    commit.tell({ ...asked, siteId, event: 'api_key.revoked', actor, keyId: id })
    return { outcome: 'revoked' }
  }
}
