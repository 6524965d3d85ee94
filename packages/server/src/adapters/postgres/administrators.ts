import { mayRemove } from '../../domain/administrator.ts'
import type { Administrators, KeyRemoval } from '../../ports/storage.ts'
import { administratorKeyOf } from '../stored/records.ts'
import { columnsOfTable } from '../stored/tables.ts'
import type { Access } from './access.ts'
import type { Work } from './work.ts'

const columns = columnsOfTable('administrator_key')

/** The keys of administrators. */
export function administratorMethods({ rows, one, commit }: Access): Administrators {
  return {
    findAdministratorKey: (hash) =>
      one(administratorKeyOf, `SELECT ${columns} FROM administrator_key WHERE hash = $1`, hash),
    listAdministratorKeys: async () =>
      (await rows(`SELECT ${columns} FROM administrator_key ORDER BY created_at, id`)).map(administratorKeyOf),
    addAdministratorKey: ({ siteId, key, hash, actor, ...asked }) =>
      commit(() => (_loaded, changes) => {
        changes.write({
          text: `
            INSERT INTO administrator_key (id, site_id, hash, created_at, name, role) VALUES ($1, $2, $3, $4, $5, $6)`,
          parameters: [key.id, siteId, hash, key.createdAt, key.name, key.role],
        })
        changes.tell({ ...asked, siteId, event: 'administrator.added', actor, keyId: key.id })
        return () => {}
      }),
    removeAdministratorKey: (removal) => commit(removeKey(removal), 'apart'),
  }
}

/**
 * All keys are locked, in one order, so that of two nodes that remove two owners the second sees what the first has left. One
 * that is added meanwhile may not be seen yet: then at worst a removal is refused that would have been fine.
 */
function removeKey({
  siteId,
  id,
  actor,
  ...asked
}: KeyRemoval): Work<{ readonly outcome: 'removed' | 'unknown' | 'last_owner' }> {
  return (needs) => {
    const place = needs.ask({ text: `SELECT ${columns} FROM administrator_key ORDER BY id FOR UPDATE`, parameters: [] })
    return (loaded, changes) => {
      const all = loaded.rows(place).map(administratorKeyOf)
      const key = all.find((each) => each.id === id)
      if (key === undefined) return () => ({ outcome: 'unknown' })
      if (!mayRemove(key, all)) return () => ({ outcome: 'last_owner' })
      changes.write({ text: 'DELETE FROM administrator_key WHERE id = $1', parameters: [id] })
      changes.tell({ ...asked, siteId, event: 'administrator.removed', actor, keyId: id })
      return () => ({ outcome: 'removed' })
    }
  }
}
