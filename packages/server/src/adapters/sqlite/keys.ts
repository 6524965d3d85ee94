import type { DatabaseSync } from 'node:sqlite'
import type { StoredKey } from '../../ports/keys.ts'
import type { KeyRotation } from '../../ports/storage.ts'
import { siteOf, storedKeyOf } from '../stored/records.ts'
import type { Commit } from './commit.ts'

/** Signing keys and MAC keys, as they are handed over: readable or wrapped. */
export class KeyTable {
  readonly #list
  readonly #insert
  readonly #retire
  readonly #rewrap
  readonly #site

  constructor(database: DatabaseSync) {
    this.#list = database.prepare('SELECT * FROM stored_key ORDER BY created_at, kid')
    this.#insert = database.prepare(`
      INSERT INTO stored_key (kid, purpose, alg, public_jwk, private_material, wrapped_by, created_at, active_from,
        retired_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#retire = database.prepare('UPDATE stored_key SET retired_at = ? WHERE kid = ?')
    this.#rewrap = database.prepare('UPDATE stored_key SET private_material = ?, wrapped_by = ? WHERE kid = ?')
    this.#site = database.prepare('SELECT * FROM site LIMIT 1')
  }

  list(): readonly StoredKey[] {
    return this.#list.all().map(storedKeyOf)
  }

  insert(key: StoredKey): void {
    this.#insert.run(
      key.kid,
      key.purpose,
      key.alg,
      key.publicJwk,
      key.privateMaterial,
      key.wrappedBy,
      key.createdAt,
      key.activeFrom,
      key.retiredAt,
    )
  }

  rotate(commit: Commit, { add, retire, actor, ...asked }: KeyRotation): void {
    for (const key of add) this.insert(key)
    for (const { kid, retiredAt } of retire) this.#retire.run(retiredAt, kid)
    const site = this.#site.get()
    if (site === undefined) throw new RangeError('Cannot rotate keys as there is no site')
    commit.tell({ ...asked, siteId: siteOf(site).id, event: 'keys.rotated', actor })
  }

  rewrap(keys: readonly Pick<StoredKey, 'kid' | 'privateMaterial' | 'wrappedBy'>[]): void {
    for (const { kid, privateMaterial, wrappedBy } of keys) this.#rewrap.run(privateMaterial, wrappedBy, kid)
  }
}
