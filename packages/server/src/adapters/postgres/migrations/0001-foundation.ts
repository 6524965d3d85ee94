import type { Migration } from '../../stored/migration.ts'

/**
 * The first schema.
 *
 * Ends are rows of `revocation_log`, appended in the order of its numbers; the rows that an end concerns are not touched.
 * Two unique indexes say that nothing ends twice, and make "has this ended?" a join. `log_head` is the one row through
 * which every commit that ends something passes, so that numbers have no gap and follow the order of commits; `log_batch`
 * holds the steps of the chain.
 *
 * Times are milliseconds since the Unix epoch. JSON is kept as text, as it was written.
 */
export const foundation: Migration = {
  name: '0001-foundation',
  oldestBeside: 1,
  sql: `
CREATE TABLE site (
  id text PRIMARY KEY,
  name text NOT NULL,
  generation bigint NOT NULL,
  settings text NOT NULL,
  created_at bigint NOT NULL
);

CREATE TABLE administrator_key (
  id text PRIMARY KEY,
  site_id text NOT NULL REFERENCES site (id),
  hash bytea NOT NULL UNIQUE,
  created_at bigint NOT NULL
);

CREATE TABLE client (
  id text PRIMARY KEY,
  site_id text NOT NULL REFERENCES site (id),
  name text NOT NULL,
  allowed_redirect_uris text NOT NULL,
  allowed_redirect_domains text NOT NULL,
  login_url text,
  logout_url text,
  backchannel_logout_uri text,
  refresh_token_policy text NOT NULL CHECK (refresh_token_policy IN ('reusable', 'rotating')),
  disabled_at bigint,
  created_at bigint NOT NULL
);

CREATE TABLE member (
  id text PRIMARY KEY,
  site_id text NOT NULL REFERENCES site (id),
  email text NOT NULL,
  email_key text NOT NULL,
  email_verified boolean NOT NULL,
  status text NOT NULL CHECK (status IN ('ACTIVE', 'PENDING', 'BLOCKED', 'DELETED', 'OFFLINE')),
  status_reasons text NOT NULL,
  password_hash text,
  profile text NOT NULL,
  generation bigint NOT NULL,
  revision bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  UNIQUE (site_id, email_key)
);

CREATE TABLE session (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id text NOT NULL,
  member_id text NOT NULL,
  client_id text,
  secret_hash bytea,
  created_at bigint NOT NULL,
  used_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  idle_ms bigint NOT NULL,
  claim_by bigint,
  persistent boolean NOT NULL,
  site_generation bigint NOT NULL,
  member_generation bigint NOT NULL,
  look_at bigint
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX session_by_secret ON session (secret_hash) WHERE secret_hash IS NOT NULL;
CREATE INDEX session_by_member ON session (member_id);
CREATE INDEX session_by_look ON session (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX session_by_generation ON session (site_id, site_generation) WHERE look_at IS NOT NULL;

CREATE TABLE former_secret (
  hash bytea PRIMARY KEY,
  session_id bigint NOT NULL
);
CREATE INDEX former_secret_by_session ON former_secret (session_id);

CREATE TABLE client_grant (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sid text NOT NULL UNIQUE,
  session_id bigint NOT NULL,
  client_id text NOT NULL,
  scope text NOT NULL,
  created_at bigint NOT NULL
);
CREATE INDEX client_grant_by_session ON client_grant (session_id);

CREATE TABLE refresh_token (
  hash bytea PRIMARY KEY,
  grant_id bigint NOT NULL,
  created_at bigint NOT NULL,
  spent_at bigint
);
CREATE INDEX refresh_token_by_grant ON refresh_token (grant_id);

CREATE TABLE authorization_code (
  hash bytea PRIMARY KEY,
  session_id bigint NOT NULL,
  client_id text NOT NULL,
  redirect_uri text,
  challenge text NOT NULL,
  scope text NOT NULL,
  nonce text,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  spent_at bigint,
  grant_id bigint
);
CREATE INDEX authorization_code_by_expiry ON authorization_code (expires_at);

CREATE TABLE ticket (
  hash bytea PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('session', 'logout')),
  session_id bigint,
  visitor_id text,
  client_id text,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  spent_at bigint,
  CHECK ((session_id IS NULL) <> (visitor_id IS NULL))
);
CREATE INDEX ticket_by_expiry ON ticket (expires_at);

CREATE TABLE redirect_session (
  hash bytea PRIMARY KEY,
  parameters text NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX redirect_session_by_expiry ON redirect_session (expires_at);

CREATE TABLE visitor_tombstone (
  visitor_id text PRIMARY KEY,
  site_id text NOT NULL,
  until bigint NOT NULL
);
CREATE INDEX visitor_tombstone_by_until ON visitor_tombstone (until);

CREATE TABLE stored_key (
  kid text PRIMARY KEY,
  purpose text NOT NULL,
  alg text NOT NULL,
  public_jwk text,
  private_material bytea NOT NULL,
  wrapped_by text,
  created_at bigint NOT NULL,
  active_from bigint NOT NULL,
  retired_at bigint
);

CREATE TABLE revocation_log (
  n bigint PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('session', 'grant', 'site', 'visitor')),
  site_id text NOT NULL,
  session_id bigint,
  grant_id bigint,
  member_id text,
  visitor_id text,
  sids text NOT NULL,
  generation bigint,
  cause bigint NOT NULL,
  actor_kind text NOT NULL,
  actor_id text,
  at bigint NOT NULL,
  until bigint NOT NULL,
  request_id text NOT NULL,
  salt bytea NOT NULL,
  commitment bytea NOT NULL
);
CREATE UNIQUE INDEX revocation_log_of_session ON revocation_log (session_id) WHERE kind = 'session';
CREATE UNIQUE INDEX revocation_log_of_grant ON revocation_log (grant_id) WHERE kind = 'grant';
CREATE INDEX revocation_log_of_site ON revocation_log (site_id, generation) WHERE kind = 'site';

CREATE TABLE log_batch (
  n bigint PRIMARY KEY,
  entries bigint NOT NULL,
  digest bytea NOT NULL,
  chain bytea NOT NULL
);

CREATE TABLE log_head (
  one boolean PRIMARY KEY CHECK (one),
  n bigint NOT NULL,
  chain bytea NOT NULL
) WITH (fillfactor = 10);
INSERT INTO log_head (one, n, chain) VALUES (true, 0, decode(repeat('00', 32), 'hex'));

CREATE TABLE notice (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  log_n bigint NOT NULL,
  site_id text NOT NULL,
  client_id text NOT NULL,
  member_id text,
  sid text,
  kind text NOT NULL CHECK (kind IN ('backchannel_logout', 'logout_url', 'security_event', 'webhook', 'mail')),
  state text NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'unconfirmable')),
  attempts bigint NOT NULL,
  next_attempt_at bigint,
  leased_until bigint,
  last_status text,
  created_at bigint NOT NULL,
  settled_at bigint
);
CREATE INDEX notice_by_attempt ON notice (next_attempt_at) WHERE state = 'pending';

CREATE TABLE audit (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  site_id text NOT NULL,
  event text NOT NULL,
  cause bigint,
  actor_kind text NOT NULL,
  actor_id text,
  member_id text,
  session_id bigint,
  client_id text,
  request_id text NOT NULL,
  grants_ended bigint NOT NULL,
  refresh_tokens_ended bigint NOT NULL,
  notices_owed bigint NOT NULL
);

CREATE FUNCTION refuse_what_has_ended(sessions bigint[], grants bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM revocation_log WHERE kind = 'session' AND session_id = ANY (sessions))
    OR EXISTS (SELECT FROM revocation_log WHERE kind = 'grant' AND grant_id = ANY (grants))
  THEN
    RAISE EXCEPTION 'a session or grant that was relied on has ended meanwhile' USING ERRCODE = 'AD001';
  END IF;
END $$;
`,
}
