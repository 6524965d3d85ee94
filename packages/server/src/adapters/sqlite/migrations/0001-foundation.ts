import type { Migration } from '../../stored/migration.ts'

/**
 * The first schema.
 *
 * Ends are rows of `revocation_log`, appended in the order of its numbers; the rows that an end concerns are not touched,
 * because rewriting a page per logout costs half the throughput and grows with the table. What an end is owed (audit,
 * notices) is written beside it. `log_head` holds the last number and the hash chain, `log_batch` the chain's steps.
 *
 * Numbers of sessions and grants are never used twice (AUTOINCREMENT), so an end can never be taken for another's.
 */
export const foundation: Migration = {
  name: '0001-foundation',
  oldestBeside: 1,
  sql: `
CREATE TABLE site (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  generation INTEGER NOT NULL,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE administrator_key (
  id TEXT PRIMARY KEY,
  site_id TEXT NOT NULL REFERENCES site (id),
  hash BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE client (
  id TEXT PRIMARY KEY,
  site_id TEXT NOT NULL REFERENCES site (id),
  name TEXT NOT NULL,
  allowed_redirect_uris TEXT NOT NULL,
  allowed_redirect_domains TEXT NOT NULL,
  login_url TEXT,
  logout_url TEXT,
  backchannel_logout_uri TEXT,
  refresh_token_policy TEXT NOT NULL CHECK (refresh_token_policy IN ('reusable', 'rotating')),
  disabled_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
  id TEXT PRIMARY KEY,
  site_id TEXT NOT NULL REFERENCES site (id),
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  email_verified INTEGER NOT NULL CHECK (email_verified IN (0, 1)),
  status TEXT NOT NULL CHECK (status IN ('ACTIVE', 'PENDING', 'BLOCKED', 'DELETED', 'OFFLINE')),
  status_reasons TEXT NOT NULL,
  password_hash TEXT,
  profile TEXT NOT NULL,
  generation INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (site_id, email_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  client_id TEXT,
  secret_hash BLOB,
  created_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  idle_ms INTEGER NOT NULL,
  claim_by INTEGER,
  persistent INTEGER NOT NULL CHECK (persistent IN (0, 1)),
  site_generation INTEGER NOT NULL,
  member_generation INTEGER NOT NULL,
  look_at INTEGER
) STRICT;
CREATE UNIQUE INDEX session_by_secret ON session (secret_hash) WHERE secret_hash IS NOT NULL;
CREATE INDEX session_by_member ON session (member_id);
CREATE INDEX session_by_look ON session (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX session_by_generation ON session (site_generation) WHERE look_at IS NOT NULL;

CREATE TABLE former_secret (
  hash BLOB PRIMARY KEY,
  session_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX former_secret_by_session ON former_secret (session_id);

CREATE TABLE client_grant (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sid TEXT NOT NULL UNIQUE,
  session_id INTEGER NOT NULL,
  client_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX client_grant_by_session ON client_grant (session_id);

CREATE TABLE refresh_token (
  hash BLOB PRIMARY KEY,
  grant_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  spent_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_token_by_grant ON refresh_token (grant_id);

CREATE TABLE authorization_code (
  hash BLOB PRIMARY KEY,
  session_id INTEGER NOT NULL,
  client_id TEXT NOT NULL,
  redirect_uri TEXT,
  challenge TEXT NOT NULL,
  scope TEXT NOT NULL,
  nonce TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  spent_at INTEGER,
  grant_id INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX authorization_code_by_expiry ON authorization_code (expires_at);

CREATE TABLE ticket (
  hash BLOB PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('session', 'logout')),
  session_id INTEGER,
  visitor_id TEXT,
  client_id TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  spent_at INTEGER,
  CHECK ((session_id IS NULL) <> (visitor_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_by_expiry ON ticket (expires_at);

CREATE TABLE redirect_session (
  hash BLOB PRIMARY KEY,
  parameters TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX redirect_session_by_expiry ON redirect_session (expires_at);

CREATE TABLE visitor_tombstone (
  visitor_id TEXT PRIMARY KEY,
  site_id TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX visitor_tombstone_by_until ON visitor_tombstone (until);

CREATE TABLE stored_key (
  kid TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  alg TEXT NOT NULL,
  public_jwk TEXT,
  private_material BLOB NOT NULL,
  wrapped_by TEXT,
  created_at INTEGER NOT NULL,
  active_from INTEGER NOT NULL,
  retired_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE revocation_log (
  n INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('session', 'grant', 'site', 'visitor')),
  site_id TEXT NOT NULL,
  session_id INTEGER,
  grant_id INTEGER,
  member_id TEXT,
  visitor_id TEXT,
  sids TEXT NOT NULL,
  generation INTEGER,
  cause INTEGER NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  salt BLOB NOT NULL,
  commitment BLOB NOT NULL
) STRICT;
CREATE INDEX revocation_log_of_site ON revocation_log (generation) WHERE kind = 'site';

CREATE TABLE log_batch (
  n INTEGER PRIMARY KEY,
  entries INTEGER NOT NULL,
  digest BLOB NOT NULL,
  chain BLOB NOT NULL
) STRICT;

CREATE TABLE log_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  n INTEGER NOT NULL,
  chain BLOB NOT NULL
) STRICT;
INSERT INTO log_head (one, n, chain) VALUES (1, 0, zeroblob(32));

CREATE TABLE notice (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  log_n INTEGER NOT NULL,
  site_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  member_id TEXT,
  sid TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('backchannel_logout', 'logout_url', 'security_event', 'webhook', 'mail')),
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'unconfirmable')),
  attempts INTEGER NOT NULL,
  next_attempt_at INTEGER,
  leased_until INTEGER,
  last_status TEXT,
  created_at INTEGER NOT NULL,
  settled_at INTEGER
) STRICT;
CREATE INDEX notice_by_attempt ON notice (next_attempt_at) WHERE state = 'pending';

CREATE TABLE audit (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  site_id TEXT NOT NULL,
  event TEXT NOT NULL,
  cause INTEGER,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  member_id TEXT,
  session_id INTEGER,
  client_id TEXT,
  request_id TEXT NOT NULL,
  grants_ended INTEGER NOT NULL,
  refresh_tokens_ended INTEGER NOT NULL,
  notices_owed INTEGER NOT NULL
) STRICT;
`,
}
