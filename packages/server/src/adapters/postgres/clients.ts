import type { Clients } from '../../ports/storage.ts'
import { clientOf } from '../stored/records.ts'
import { columnsOfTable } from '../stored/tables.ts'
import type { Access } from './access.ts'

const columns = columnsOfTable('client')

/** The clients of the site. */
export function clientMethods({ rows, one }: Access): Clients {
  return {
    // GUIDs are compared without regard to case, and kept in lower case.
    findClient: (id) => one(clientOf, `SELECT ${columns} FROM client WHERE id = lower($1)`, id),
    listClients: async () => (await rows(`SELECT ${columns} FROM client ORDER BY created_at, id`)).map(clientOf),
  }
}
