import type { DatabaseSync } from 'node:sqlite'
import { clientColumns } from '../../src/adapters/stored/client-columns.ts'
import type { Client } from '../../src/domain/client.ts'
import type { ClientId, GrantId, MemberId, SessionId, Sid } from '../../src/domain/ids.ts'
import type { MemberStatus } from '../../src/domain/member.ts'
import type { DatabaseContents, OwedNotice, Table } from '../storage-conformance/test-database.ts'

/** Looks into a SQLite database through the very connection that the adapter holds: nobody else may open the file. */
export abstract class SqliteContents implements DatabaseContents {
  abstract get connection(): DatabaseSync

  async addClient(client: Client): Promise<void> {
    const names = clientColumns.map(({ name }) => name)
    this.connection
      .prepare(`INSERT INTO client (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
      .run(...clientColumns.map(({ of }) => of(client)))
  }

  async setMemberStatus(id: MemberId, status: MemberStatus): Promise<void> {
    this.connection.prepare('UPDATE member SET status = ? WHERE id = ?').run(status, id)
  }

  async count(table: Table): Promise<number> {
    return Number(this.connection.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows'])
  }

  async sessions(): Promise<readonly SessionId[]> {
    const rows = this.connection.prepare('SELECT id FROM session ORDER BY id').all()
    return rows.map((row) => Number(row['id']) as SessionId)
  }

  async grants(): Promise<readonly { readonly sid: Sid; readonly clientId: ClientId }[]> {
    const rows = this.connection.prepare('SELECT sid, client_id FROM client_grant ORDER BY id').all()
    return rows.map((row) => ({ sid: String(row['sid']) as Sid, clientId: String(row['client_id']) as ClientId }))
  }

  async codes(): Promise<readonly { readonly isSpent: boolean; readonly grantId: GrantId | null }[]> {
    const rows = this.connection.prepare('SELECT spent_at, grant_id FROM authorization_code ORDER BY hash').all()
    return rows.map((row) => ({
      isSpent: row['spent_at'] !== null,
      grantId: row['grant_id'] === null ? null : (Number(row['grant_id']) as GrantId),
    }))
  }

  async notices(): Promise<readonly OwedNotice[]> {
    return this.connection
      .prepare('SELECT log_n, client_id, member_id, sid, kind, state FROM notice ORDER BY id')
      .all()
      .map((row) => ({
        logN: Number(row['log_n']),
        clientId: String(row['client_id']) as ClientId,
        memberId: row['member_id'] === null ? null : (String(row['member_id']) as MemberId),
        sid: row['sid'] === null ? null : (String(row['sid']) as Sid),
        kind: String(row['kind']),
        state: String(row['state']),
      }))
  }

  async execute(statement: string): Promise<void> {
    this.connection.exec(statement)
  }

  async dump(): Promise<string> {
    return dumpOf(this.connection)
  }

  async breakWrites(table: Table): Promise<void> {
    for (const write of ['INSERT', 'UPDATE', 'DELETE']) {
      this.connection.exec(`
        CREATE TEMP TRIGGER broken_${table}_${write} BEFORE ${write} ON main.${table}
        BEGIN SELECT RAISE(ABORT, 'broken by the test'); END`)
    }
  }

  async mend(): Promise<void> {
    const triggers = this.connection.prepare(`SELECT name FROM sqlite_temp_schema WHERE type = 'trigger'`).all()
    for (const { name } of triggers) this.connection.exec(`DROP TRIGGER temp.${String(name)}`)
  }
}

/** Every row of every table, `sqlite_sequence` included, bytes in hexadecimal. */
function dumpOf(database: DatabaseSync): string {
  const tables = database.prepare(`SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name`).all()
  return tables
    .flatMap(({ name }) => [
      `-- ${String(name)}`,
      ...database
        .prepare(`SELECT * FROM ${String(name)} ORDER BY 1`)
        .all()
        .map((row) =>
          JSON.stringify(row, (_, value: unknown) =>
            value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
          ),
        ),
    ])
    .join('\n')
}
