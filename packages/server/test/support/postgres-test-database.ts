import type { Sql } from 'postgres'
import { openPostgresStorage } from '../../src/adapters/postgres/postgres-storage.ts'
import type { Client } from '../../src/domain/client.ts'
import type { ClientId, MemberId, Sid } from '../../src/domain/ids.ts'
import type { MemberStatus } from '../../src/domain/member.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Randomness } from '../../src/ports/randomness.ts'
import type { Storage } from '../../src/ports/storage.ts'
import type { LastingTestDatabase, OwedNotice, Table } from '../storage-conformance/test-database.ts'
import type { PostgresServer } from './postgres-server.ts'

type Options = { readonly clock: Clock; readonly randomness: Randomness }

/** The PostgreSQL adapter under test, on a database of its own. Looks into it through another connection. */
export class PostgresTestDatabase implements LastingTestDatabase {
  readonly server: PostgresServer
  readonly name: string
  readonly #options: Options
  readonly #sql: Sql
  #storage: Storage

  private constructor(server: PostgresServer, name: string, options: Options, storage: Storage) {
    this.server = server
    this.name = name
    this.#options = options
    this.#sql = server.look(name)
    this.#storage = storage
  }

  static async create(server: PostgresServer, options: Options): Promise<PostgresTestDatabase> {
    const name = await server.createDatabase()
    const storage = await openPostgresStorage({ ...options, location: server.location(name) })
    return new PostgresTestDatabase(server, name, options, storage)
  }

  get storage(): Storage {
    return this.#storage
  }

  async reopen(): Promise<void> {
    await this.#storage.close()
    this.#storage = await this.openAnother()
  }

  /** Another node on the same database. To be closed by the caller. */
  openAnother(
    options: { readonly port?: number; readonly answerWithinMs?: number; readonly lookEveryMs?: number } = {},
  ): Promise<Storage> {
    const { port, ...rest } = options
    return openPostgresStorage({ ...this.#options, ...rest, location: this.server.location(this.name, port) })
  }

  /** A way into the database for the test itself. To be ended by the caller. */
  look(): Sql {
    return this.server.look(this.name)
  }

  async addClient(client: Client): Promise<void> {
    await this.#sql`
      INSERT INTO client (id, site_id, name, allowed_redirect_uris, allowed_redirect_domains, login_url, logout_url,
        backchannel_logout_uri, refresh_token_policy, disabled_at, created_at)
      VALUES (${client.id}, ${client.siteId}, ${client.name}, ${JSON.stringify(client.allowedRedirectUris)},
        ${JSON.stringify(client.allowedRedirectDomains)}, ${client.loginUrl}, ${client.logoutUrl},
        ${client.backchannelLogoutUri}, ${client.refreshTokenPolicy}, ${client.disabledAt}, ${client.createdAt})`
  }

  async setMemberStatus(id: MemberId, status: MemberStatus): Promise<void> {
    await this.#sql`UPDATE member SET status = ${status} WHERE id = ${id}`
  }

  async count(table: Table): Promise<number> {
    const [row] = await this.#sql`SELECT count(*) AS rows FROM ${this.#sql(table)}`
    return Number(row?.['rows'])
  }

  /** The highest number of an entry. */
  async lastLogNumber(): Promise<number> {
    const [row] = await this.#sql`SELECT max(n) AS n FROM revocation_log`
    return Number(row?.['n'] ?? 0)
  }

  async notices(): Promise<readonly OwedNotice[]> {
    const rows = await this.#sql`SELECT log_n, client_id, member_id, sid, kind, state FROM notice ORDER BY id`
    return rows.map((row) => ({
      logN: Number(row['log_n']),
      clientId: String(row['client_id']) as ClientId,
      memberId: row['member_id'] as MemberId | null,
      sid: row['sid'] as Sid | null,
      kind: String(row['kind']),
      state: String(row['state']),
    }))
  }

  async dump(): Promise<string> {
    const parts = tables.map((table) => `SELECT '${table} ' || t::text AS line FROM ${table} t`)
    const rows = await this.#sql.unsafe(`${parts.join(' UNION ALL ')} ORDER BY 1`)
    return rows.map((row) => String(row['line'])).join('\n')
  }

  async breakWrites(table: Table): Promise<void> {
    await this.#sql.unsafe(`
      CREATE OR REPLACE FUNCTION broken_by_the_test() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'broken by the test'; END $$;
      CREATE TRIGGER broken BEFORE INSERT OR UPDATE OR DELETE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION broken_by_the_test()`)
  }

  async mend(): Promise<void> {
    await this.#sql`DROP FUNCTION broken_by_the_test CASCADE`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#storage.close()
    await this.#sql.end({ timeout: 1 })
    await this.server.dropDatabase(this.name)
  }
}

const tables: readonly (Table | 'administrator_key' | 'former_secret' | 'redirect_session' | 'schema_version')[] = [
  'schema_version',
  'site',
  'administrator_key',
  'client',
  'member',
  'session',
  'former_secret',
  'client_grant',
  'refresh_token',
  'authorization_code',
  'ticket',
  'redirect_session',
  'visitor_tombstone',
  'stored_key',
  'revocation_log',
  'log_batch',
  'log_head',
  'notice',
  'audit',
]
