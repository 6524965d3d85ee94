import type { Sql } from 'postgres'
import { clientColumns } from '../../src/adapters/stored/client-columns.ts'
import { allStoredTables } from '../../src/adapters/stored/tables.ts'
import type { Client } from '../../src/domain/client.ts'
import type { ClientId, GrantId, MemberId, SessionId, Sid } from '../../src/domain/ids.ts'
import type { MemberStatus } from '../../src/domain/member.ts'
import type { DatabaseContents, OwedNotice, Table } from '../storage-conformance/test-database.ts'

/** Looks into a PostgreSQL database through a connection of its own. */
export abstract class PostgresContents implements DatabaseContents {
  protected abstract get sql(): Sql

  async addClient(client: Client): Promise<void> {
    const row = Object.fromEntries(clientColumns.map(({ name, of }) => [name, of(client)]))
    await this.sql`INSERT INTO client ${this.sql(row)}`
  }

  async setMemberStatus(id: MemberId, status: MemberStatus): Promise<void> {
    await this.sql`UPDATE member SET status = ${status} WHERE id = ${id}`
  }

  async count(table: Table): Promise<number> {
    const [row] = await this.sql`SELECT count(*) AS rows FROM ${this.sql(table)}`
    return Number(row?.['rows'])
  }

  /** The highest number of an entry. */
  async lastLogNumber(): Promise<number> {
    const [row] = await this.sql`SELECT max(n) AS n FROM revocation_log`
    return Number(row?.['n'] ?? 0)
  }

  async sessions(): Promise<readonly SessionId[]> {
    const rows = await this.sql`SELECT id FROM session ORDER BY id`
    return rows.map((row) => Number(row['id']) as SessionId)
  }

  async grants(): Promise<readonly { readonly sid: Sid; readonly clientId: ClientId }[]> {
    const rows = await this.sql`SELECT sid, client_id FROM client_grant ORDER BY id`
    return rows.map((row) => ({ sid: String(row['sid']) as Sid, clientId: String(row['client_id']) as ClientId }))
  }

  async codes(): Promise<readonly { readonly isSpent: boolean; readonly grantId: GrantId | null }[]> {
    const rows = await this.sql`SELECT spent_at, grant_id FROM authorization_code ORDER BY hash`
    return rows.map((row) => ({
      isSpent: row['spent_at'] !== null,
      grantId: row['grant_id'] === null ? null : (Number(row['grant_id']) as GrantId),
    }))
  }

  async notices(): Promise<readonly OwedNotice[]> {
    const rows = await this.sql`SELECT log_n, client_id, member_id, sid, kind, state FROM notice ORDER BY id`
    return rows.map((row) => ({
      logN: Number(row['log_n']),
      clientId: String(row['client_id']) as ClientId,
      memberId: row['member_id'] as MemberId | null,
      sid: row['sid'] as Sid | null,
      kind: String(row['kind']),
      state: String(row['state']),
    }))
  }

  async execute(statement: string): Promise<void> {
    await this.sql.unsafe(statement)
  }

  async dump(): Promise<string> {
    const parts = tables.map((table) => `SELECT '${table} ' || t::text AS line FROM ${table} t`)
    const rows = await this.sql.unsafe(`${parts.join(' UNION ALL ')} ORDER BY 1`)
    return rows.map((row) => String(row['line'])).join('\n')
  }

  async breakWrites(table: Table): Promise<void> {
    await this.sql.unsafe(`
      CREATE OR REPLACE FUNCTION broken_by_the_test() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'broken by the test'; END $$;
      CREATE TRIGGER broken BEFORE INSERT OR UPDATE OR DELETE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION broken_by_the_test()`)
  }

  async mend(): Promise<void> {
    await this.sql`DROP FUNCTION broken_by_the_test CASCADE`
  }
}

const tables: readonly (Table | 'schema_version')[] = ['schema_version', ...allStoredTables.map(({ name }) => name)]
