import type { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import type { SiteId, VisitorId } from '../../domain/ids.ts'
import type { Site } from '../../domain/site.ts'
import type { FirstSite, SettingsReplacement, VisitorFacts } from '../../ports/storage.ts'
import { siteOf } from '../stored/records.ts'
import { integer, integerOrNull } from '../stored/row.ts'
import type { ClientTable } from './clients.ts'
import type { Commit } from './commit.ts'
import type { KeyTable } from './keys.ts'

/** The site, and what is remembered of its visitors. */
export class SiteTable {
  readonly #keys: KeyTable
  readonly #clients: ClientTable
  readonly #site
  readonly #insertSite
  readonly #setSettings
  readonly #insertAdministratorKey
  readonly #visitor

  constructor(database: DatabaseSync, keys: KeyTable, clients: ClientTable) {
    this.#keys = keys
    this.#clients = clients
    this.#site = database.prepare('SELECT * FROM site LIMIT 1')
    this.#insertSite = database.prepare(
      'INSERT INTO site (id, name, generation, settings, created_at) VALUES (?, ?, ?, ?, ?)',
    )
    this.#setSettings = database.prepare('UPDATE site SET settings = ?, name = ? WHERE id = ?')
    this.#insertAdministratorKey = database.prepare(
      'INSERT INTO administrator_key (id, site_id, hash, created_at) VALUES (?, ?, ?, ?)',
    )
    this.#visitor = database.prepare(`
      SELECT t.generation, v.until FROM site t LEFT JOIN visitor_tombstone v ON v.visitor_id = ? WHERE t.id = ?`)
  }

  find(): Site | undefined {
    const row = this.#site.get()
    return row === undefined ? undefined : siteOf(row)
  }

  create(commit: Commit, { site, client, administratorKey, keys }: FirstSite): 'created' | 'exists' {
    if (this.#site.get() !== undefined) return 'exists'
    this.#insertSite.run(site.id, site.name, site.generation, JSON.stringify(site.settings), site.createdAt)
    this.#insertAdministratorKey.run(administratorKey.id, site.id, administratorKey.hash, site.createdAt)
    this.#clients.insert(client)
    for (const key of keys) this.#keys.insert(key)
    commit.tell({
      at: site.createdAt,
      siteId: site.id,
      event: 'site.created',
      actor: { kind: 'system' },
      requestId: '',
    })
    return 'created'
  }

  replaceSettings(
    commit: Commit,
    { siteId, from, to, name, ...told }: SettingsReplacement,
  ): { readonly outcome: 'replaced' | 'changed' } {
    const site = this.find()
    if (site?.id !== siteId || !isDeepStrictEqual(site.settings, from)) return { outcome: 'changed' }
    if (name !== undefined && name.from !== site.name) return { outcome: 'changed' }
    this.#setSettings.run(JSON.stringify(to), name?.to ?? site.name, siteId)
    commit.tell({ ...told, siteId, event: 'site.settings_changed' })
    return { outcome: 'replaced' }
  }

  visitor(siteId: SiteId, visitorId: VisitorId): VisitorFacts {
    const row = this.#visitor.get(visitorId, siteId)
    // A site that is not there has no generation that a token could reach.
    if (row === undefined) return { ended: true, siteGeneration: Number.MAX_SAFE_INTEGER }
    return { ended: integerOrNull(row, 'until') !== null, siteGeneration: integer(row, 'generation') }
  }
}
