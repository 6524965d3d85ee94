import { isDeepStrictEqual } from 'node:util'
import type { FirstSite, SettingsReplacement } from '../../ports/storage.ts'
import { siteOf } from '../stored/records.ts'
import { columnsOfTable } from '../stored/tables.ts'
import { insertClient } from './clients.ts'
import type { Connection } from './connection.ts'
import { insertKeys, tellOne } from './keys.ts'
import { firstStartLock, logLock } from './locks.ts'
import { beginWith, commitWith, giveUp } from './transaction.ts'
import type { Work } from './work.ts'

/** Makes the site with all that belongs to its first start, unless there is one. Of many nodes that try, one makes it. */
export async function createSite(connection: Connection, first: FirstSite): Promise<'created' | 'exists'> {
  const { site, client, administratorKey, keys } = first
  const [, sites] = await beginWith(connection, [firstStartLock, { text: 'SELECT id FROM site', parameters: [] }])
  if (sites === undefined || sites.length > 0) {
    await giveUp(connection)
    return 'exists'
  }
  const statements = [
    {
      text: 'INSERT INTO site (id, name, generation, settings, created_at) VALUES ($1, $2, $3, $4, $5)',
      parameters: [site.id, site.name, site.generation, JSON.stringify(site.settings), site.createdAt],
    },
    {
      text: 'INSERT INTO administrator_key (id, site_id, hash, created_at) VALUES ($1, $2, $3, $4)',
      parameters: [administratorKey.id, site.id, administratorKey.hash, site.createdAt],
    },
    insertClient(client),
    ...(keys.length === 0 ? [] : [insertKeys(keys)]),
    logLock,
    tellOne({
      at: site.createdAt,
      siteId: site.id,
      event: 'site.created',
      actor: { kind: 'system' },
      requestId: '',
    }),
  ]
  await commitWith(connection, statements, true)
  return 'created'
}

/** Puts settings in the place of those that were read. Runs `apart`. */
export function replaceSettings({
  siteId,
  from,
  to,
  name,
  ...told
}: SettingsReplacement): Work<{ readonly outcome: 'replaced' | 'changed' }> {
  return (needs) => {
    const place = needs.ask({
      text: `SELECT ${columnsOfTable('site')} FROM site WHERE id = $1 FOR NO KEY UPDATE`,
      parameters: [siteId],
    })
    return (loaded, changes) => {
      const [row] = loaded.rows(place)
      const site = row === undefined ? undefined : siteOf(row)
      if (site === undefined || !isDeepStrictEqual(site.settings, from)) return () => ({ outcome: 'changed' })
      if (name !== undefined && name.from !== site.name) return () => ({ outcome: 'changed' })
      changes.write({
        text: 'UPDATE site SET settings = $2, name = $3 WHERE id = $1',
        parameters: [siteId, JSON.stringify(to), name?.to ?? site.name],
      })
      changes.tell({ ...told, siteId, event: 'site.settings_changed' })
      return () => ({ outcome: 'replaced' })
    }
  }
}
