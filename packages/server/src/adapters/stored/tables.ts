/**
 * What is stored, table by table, with every column: what both adapters call alike and what a move from one to the other
 * carries over. A test compares it with the schemas that the adapters make, so that nothing is forgotten here.
 */

/** A column and what is in it; SQLite keeps a boolean as 0 or 1. */
export interface StoredColumn {
  readonly name: string
  readonly type: 'text' | 'bigint' | 'bytea' | 'boolean'
}

export interface StoredTable {
  readonly name: string
  readonly columns: readonly StoredColumn[]
  /** Its `id` or `n` is given by the database, in order and never twice. */
  readonly numbered: 'id' | 'n' | null
}

const text = columnsOfType('text')
const bigint = columnsOfType('bigint')
const bytea = columnsOfType('bytea')
const boolean = columnsOfType('boolean')

/** In an order in which they can be filled: what is referred to comes first. */
export const storedTables = {
  site: table(text('id', 'name'), bigint('generation'), text('settings'), bigint('created_at')),
  administrator_key: table(text('id', 'site_id'), bytea('hash'), bigint('created_at'), text('name', 'role')),
  api_key: table(text('id', 'site_id', 'name', 'permissions'), bytea('hash'), bigint('created_at')),
  client: table(
    text('id', 'site_id', 'name', 'allowed_redirect_uris', 'allowed_redirect_domains', 'login_url', 'logout_url'),
    text('backchannel_logout_uri', 'refresh_token_policy'),
    bigint('disabled_at', 'created_at'),
    text('description', 'application_type', 'technology', 'pages'),
    bytea('secret_hash'),
    bigint('deleted_at', 'grants_to_end_after', 'generation'),
  ),
  member: table(
    text('id', 'site_id', 'email', 'email_key'),
    boolean('email_verified'),
    text('status', 'status_reasons', 'password_hash', 'profile'),
    bigint('generation', 'revision', 'created_at', 'updated_at'),
  ),
  session: numbered(
    'id',
    bigint('id'),
    text('site_id', 'member_id', 'client_id'),
    bytea('secret_hash'),
    bigint('created_at', 'used_at', 'expires_at', 'idle_ms', 'claim_by'),
    boolean('persistent'),
    bigint('site_generation', 'member_generation', 'look_at'),
    text('device', 'api_key_id'),
  ),
  former_secret: table(bytea('hash'), bigint('session_id')),
  client_grant: numbered(
    'id',
    bigint('id'),
    text('sid'),
    bigint('session_id'),
    text('client_id', 'scope'),
    bigint('created_at', 'client_generation'),
  ),
  refresh_token: table(bytea('hash'), bigint('grant_id', 'created_at', 'spent_at')),
  authorization_code: table(
    bytea('hash'),
    bigint('session_id'),
    text('client_id', 'redirect_uri', 'challenge', 'scope', 'nonce'),
    bigint('created_at', 'expires_at', 'spent_at', 'grant_id', 'client_generation'),
  ),
  ticket: table(
    bytea('hash'),
    text('kind'),
    bigint('session_id'),
    text('visitor_id', 'client_id'),
    bigint('created_at', 'expires_at', 'spent_at'),
  ),
  redirect_session: table(bytea('hash'), text('parameters'), bigint('created_at', 'expires_at')),
  visitor_tombstone: table(text('visitor_id', 'site_id'), bigint('until')),
  stored_key: table(
    text('kid', 'purpose', 'alg', 'public_jwk'),
    bytea('private_material'),
    text('wrapped_by'),
    bigint('created_at', 'active_from', 'retired_at'),
  ),
  revocation_log: table(
    bigint('n'),
    text('kind', 'site_id'),
    bigint('session_id', 'grant_id'),
    text('member_id', 'visitor_id', 'sids'),
    bigint('generation', 'cause'),
    text('actor_kind', 'actor_id'),
    bigint('at', 'until'),
    text('request_id'),
    bytea('salt', 'commitment'),
  ),
  log_batch: table(bigint('n', 'entries'), bytea('digest', 'chain')),
  log_head: table(boolean('one'), bigint('n'), bytea('chain')),
  notice: numbered(
    'id',
    bigint('id', 'log_n'),
    text('site_id', 'client_id', 'member_id', 'sid', 'kind', 'state'),
    bigint('attempts', 'next_attempt_at', 'leased_until'),
    text('last_status'),
    bigint('created_at', 'settled_at'),
  ),
  audit: numbered(
    'n',
    bigint('n', 'at'),
    text('site_id', 'event'),
    bigint('cause'),
    text('actor_kind', 'actor_id', 'member_id'),
    bigint('session_id'),
    text('client_id', 'request_id'),
    bigint('grants_ended', 'refresh_tokens_ended', 'notices_owed'),
    text('key_id'),
  ),
  challenge: table(
    text('id', 'site_id', 'kind', 'member_id', 'email_key', 'client_id', 'redirect_uri'),
    bigint('tries', 'codes_sent', 'created_at', 'expires_at', 'code_expires_at', 'settled_at'),
    text('settled_as'),
  ),
  mail: numbered(
    'id',
    bigint('id'),
    text('site_id', 'member_id', 'kind', 'recipient', 'language', 'parameters', 'state'),
    bigint('attempts', 'next_attempt_at', 'leased_until'),
    text('last_failure'),
    bigint('created_at', 'settled_at'),
  ),
  throttle: table(text('key'), bigint('attempts', 'since', 'blocked_until', 'expires_at')),
  familiar_network: table(text('member_id', 'network'), bigint('used_at')),
} as const satisfies Readonly<Record<string, Omit<StoredTable, 'name'>>>

export type StoredTableName = keyof typeof storedTables

/** The same as a list. */
export const allStoredTables: readonly (StoredTable & { readonly name: StoredTableName })[] = Object.entries(
  storedTables,
).map(([name, { columns, numbered: number }]) => ({ name: name as StoredTableName, columns, numbered: number }))

/** The columns of a table, for a SELECT: a later version may have added some that this one does not know. */
export function columnsOfTable(name: StoredTableName): string {
  return storedTables[name].columns.map((column) => column.name).join(', ')
}

function columnsOfType(type: StoredColumn['type']): (...names: readonly string[]) => readonly StoredColumn[] {
  return (...names) => names.map((name) => ({ name, type }))
}

function table(...columns: readonly (readonly StoredColumn[])[]): Omit<StoredTable, 'name'> {
  return { columns: columns.flat(), numbered: null }
}

function numbered(number: 'id' | 'n', ...columns: readonly (readonly StoredColumn[])[]): Omit<StoredTable, 'name'> {
  return { columns: columns.flat(), numbered: number }
}
