import type { Migration } from '../../stored/migration.ts'

/**
 * What administering a site needs: administrators with roles, API keys, clients with secrets and all their fields, the
 * challenges that prove an address, mail that waits to be sent, failed attempts, and the device of a session.
 *
 * A program that does not know roles would take every administrator for an owner, and one that does not know deleted clients
 * would go on serving them, so neither may run beside it.
 */
export const administration: Migration = {
  name: '0005-administration',
  oldestBeside: 5,
  sql: `
ALTER TABLE administrator_key ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE administrator_key ADD COLUMN role TEXT NOT NULL DEFAULT 'owner'
  CHECK (role IN ('owner', 'support', 'read_only'));

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  site_id TEXT NOT NULL REFERENCES site (id),
  name TEXT NOT NULL,
  permissions TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE client ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN application_type TEXT;
ALTER TABLE client ADD COLUMN technology TEXT;
ALTER TABLE client ADD COLUMN pages TEXT NOT NULL DEFAULT '{}';
ALTER TABLE client ADD COLUMN secret_hash BLOB;
ALTER TABLE client ADD COLUMN deleted_at INTEGER;
ALTER TABLE client ADD COLUMN grants_to_end_after INTEGER;
ALTER TABLE client ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE client_grant ADD COLUMN client_generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE authorization_code ADD COLUMN client_generation INTEGER NOT NULL DEFAULT 0;

ALTER TABLE session ADD COLUMN device TEXT;
ALTER TABLE session ADD COLUMN api_key_id TEXT;
CREATE INDEX session_by_api_key ON session (member_id, api_key_id) WHERE api_key_id IS NOT NULL;

ALTER TABLE audit ADD COLUMN key_id TEXT;

CREATE INDEX member_by_age ON member (site_id, created_at, id);
CREATE INDEX member_by_status ON member (site_id, status, created_at, id);

CREATE TABLE challenge (
  id TEXT PRIMARY KEY,
  site_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('recovery', 'activation', 'login_verification', 'address_verification')),
  member_id TEXT NOT NULL,
  email_key TEXT NOT NULL,
  client_id TEXT,
  redirect_uri TEXT,
  tries INTEGER NOT NULL,
  codes_sent INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  code_expires_at INTEGER,
  settled_at INTEGER,
  settled_as TEXT CHECK (settled_as IN ('used', 'void'))
) STRICT, WITHOUT ROWID;
CREATE INDEX challenge_by_member ON challenge (member_id);
CREATE INDEX challenge_by_expiry ON challenge (expires_at);

CREATE TABLE mail (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id TEXT NOT NULL,
  member_id TEXT,
  kind TEXT NOT NULL,
  recipient TEXT NOT NULL,
  language TEXT NOT NULL,
  parameters TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'failed')),
  attempts INTEGER NOT NULL,
  next_attempt_at INTEGER,
  leased_until INTEGER,
  last_failure TEXT,
  created_at INTEGER NOT NULL,
  settled_at INTEGER
) STRICT;
CREATE INDEX mail_by_attempt ON mail (next_attempt_at) WHERE state = 'pending';
CREATE INDEX mail_by_member ON mail (member_id);
CREATE INDEX mail_by_failure ON mail (id) WHERE state = 'failed';
CREATE INDEX mail_by_settling ON mail (settled_at) WHERE state <> 'pending';
CREATE INDEX notice_by_failure ON notice (id) WHERE state = 'failed';
CREATE INDEX notice_by_settling ON notice (settled_at) WHERE state <> 'pending';

CREATE TABLE throttle (
  key TEXT PRIMARY KEY,
  attempts INTEGER NOT NULL,
  since INTEGER NOT NULL,
  blocked_until INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttle_by_expiry ON throttle (expires_at);

CREATE TABLE familiar_network (
  member_id TEXT NOT NULL,
  network TEXT NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (member_id, network)
) STRICT, WITHOUT ROWID;
CREATE INDEX familiar_network_by_use ON familiar_network (used_at);
`,
}
