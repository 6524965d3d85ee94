import type { DatabaseSync } from 'node:sqlite'
import type { SecretHash } from '../../domain/ids.ts'
import type { KeptRedirectSession } from '../../ports/storage.ts'
import { integer, object } from '../stored/row.ts'

/** Parameters of redirect sessions whose addresses would have been too long. */
export class RedirectSessionTable {
  readonly #insert
  readonly #find

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      'INSERT INTO redirect_session (hash, parameters, created_at, expires_at) VALUES (?, ?, ?, ?)',
    )
    this.#find = database.prepare('SELECT * FROM redirect_session WHERE hash = ?')
  }

  keep({ hash, parameters, createdAt, expiresAt }: KeptRedirectSession): void {
    this.#insert.run(hash, JSON.stringify(parameters), createdAt, expiresAt)
  }

  find(hash: SecretHash): KeptRedirectSession | undefined {
    const row = this.#find.get(hash)
    if (row === undefined) return undefined
    return {
      hash,
      parameters: object(row, 'parameters') as Readonly<Record<string, string>>,
      createdAt: integer(row, 'created_at'),
      expiresAt: integer(row, 'expires_at'),
    }
  }
}
