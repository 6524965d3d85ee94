import type { ApiKeys, KeyRemoval } from '../../ports/storage.ts'
import { apiKeyOf } from '../stored/records.ts'
import { columnsOfTable } from '../stored/tables.ts'
import type { Access } from './access.ts'
import type { Work } from './work.ts'

const columns = columnsOfTable('api_key')

/** The API keys. */
export function apiKeyMethods({ rows, one, commit }: Access): ApiKeys {
  return {
    findApiKey: (hash) => one(apiKeyOf, `SELECT ${columns} FROM api_key WHERE hash = $1`, hash),
    listApiKeys: async () => (await rows(`SELECT ${columns} FROM api_key ORDER BY created_at, id`)).map(apiKeyOf),
    createApiKey: ({ siteId, key, hash, actor, ...asked }) =>
      commit(() => (_loaded, changes) => {
        changes.write({
          text: `
            INSERT INTO api_key (id, site_id, name, permissions, hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
          parameters: [key.id, siteId, key.name, JSON.stringify(key.permissions), hash, key.createdAt],
        })
        changes.tell({ ...asked, siteId, event: 'api_key.created', actor, keyId: key.id })
        return () => {}
      }),
    revokeApiKey: (revocation) => commit(revokeKey(revocation), 'apart'),
  }
}

function revokeKey({ siteId, id, actor, ...asked }: KeyRemoval): Work<{ readonly outcome: 'revoked' | 'unknown' }> {
  return (needs) => {
    const place = needs.ask({ text: 'SELECT id FROM api_key WHERE id = $1 FOR UPDATE', parameters: [id] })
    return (loaded, changes) => {
      if (loaded.rows(place).length === 0) return () => ({ outcome: 'unknown' })
      changes.write({ text: 'DELETE FROM api_key WHERE id = $1', parameters: [id] })
      changes.tell({ ...asked, siteId, event: 'api_key.revoked', actor, keyId: id })
      return () => ({ outcome: 'revoked' })
    }
  }
}
