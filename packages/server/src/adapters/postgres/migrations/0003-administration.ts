import type { Migration } from '../../stored/migration.ts'

/** As the step of the same name on SQLite, which says why no older program may run beside it. */
export const administration: Migration = {
  name: '0003-administration',
  oldestBeside: 3,
  sql: `
ALTER TABLE administrator_key
  ADD COLUMN name text NOT NULL DEFAULT '',
  ADD COLUMN role text NOT NULL DEFAULT 'owner' CHECK (role IN ('owner', 'support', 'read_only'));

CREATE TABLE api_key (
  id text PRIMARY KEY,
  site_id text NOT NULL REFERENCES site (id),
  name text NOT NULL,
  permissions text NOT NULL,
  hash bytea NOT NULL UNIQUE,
  created_at bigint NOT NULL
);

ALTER TABLE client
  ADD COLUMN description text NOT NULL DEFAULT '',
  ADD COLUMN application_type text,
  ADD COLUMN technology text,
  ADD COLUMN pages text NOT NULL DEFAULT '{}',
  ADD COLUMN secret_hash bytea,
  ADD COLUMN deleted_at bigint,
  ADD COLUMN grants_to_end_after bigint,
  ADD COLUMN generation bigint NOT NULL DEFAULT 0;
ALTER TABLE client_grant ADD COLUMN client_generation bigint NOT NULL DEFAULT 0;
ALTER TABLE authorization_code ADD COLUMN client_generation bigint NOT NULL DEFAULT 0;

CREATE FUNCTION refuse_disabled_clients(clients text[], generations bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM unnest(clients, generations) AS r(id, generation)
    WHERE coalesce((SELECT c.generation FROM client c WHERE c.id = r.id) > r.generation, true)
  )
  THEN
    RAISE EXCEPTION 'a client that was relied on has been disabled meanwhile' USING ERRCODE = 'AD001';
  END IF;
END $$;

ALTER TABLE session ADD COLUMN device text;
ALTER TABLE session ADD COLUMN api_key_id text;
CREATE INDEX session_by_api_key ON session (member_id, api_key_id) WHERE api_key_id IS NOT NULL;

ALTER TABLE audit ADD COLUMN key_id text;

CREATE INDEX member_by_age ON member (site_id, created_at, id);
CREATE INDEX member_by_status ON member (site_id, status, created_at, id);
CREATE INDEX member_by_address ON member (site_id, email_key COLLATE "C");

CREATE TABLE challenge (
  id text PRIMARY KEY,
  site_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('recovery', 'activation', 'login_verification', 'address_verification')),
  member_id text NOT NULL,
  email_key text NOT NULL,
  client_id text,
  redirect_uri text,
  tries bigint NOT NULL,
  codes_sent bigint NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  code_expires_at bigint,
  settled_at bigint,
  settled_as text CHECK (settled_as IN ('used', 'void'))
);
CREATE INDEX challenge_by_member ON challenge (member_id);
CREATE INDEX challenge_by_expiry ON challenge (expires_at);

CREATE TABLE mail (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id text NOT NULL,
  member_id text,
  kind text NOT NULL,
  recipient text NOT NULL,
  language text NOT NULL,
  parameters text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'sent', 'failed')),
  attempts bigint NOT NULL,
  next_attempt_at bigint,
  leased_until bigint,
  last_failure text,
  created_at bigint NOT NULL,
  settled_at bigint
);
CREATE INDEX mail_by_attempt ON mail (next_attempt_at) WHERE state = 'pending';
CREATE INDEX mail_by_member ON mail (member_id);
CREATE INDEX mail_by_failure ON mail (id) WHERE state = 'failed';
CREATE INDEX mail_by_settling ON mail (settled_at) WHERE state <> 'pending';
CREATE INDEX notice_by_failure ON notice (id) WHERE state = 'failed';
CREATE INDEX notice_by_settling ON notice (settled_at) WHERE state <> 'pending';

CREATE TABLE throttle (
  key text PRIMARY KEY,
  attempts bigint NOT NULL,
  since bigint NOT NULL,
  blocked_until bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX throttle_by_expiry ON throttle (expires_at);

CREATE TABLE familiar_network (
  member_id text NOT NULL,
  network text NOT NULL,
  used_at bigint NOT NULL,
  PRIMARY KEY (member_id, network)
);
CREATE INDEX familiar_network_by_use ON familiar_network (used_at);
`,
}
