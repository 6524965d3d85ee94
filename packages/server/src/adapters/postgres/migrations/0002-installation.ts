import type { Migration } from '../../stored/migration.ts'

/**
 * What the database says of itself: one row, made when a server first opens it. The columns of its home say where the
 * database was when it was last found to fit, and `synchronous` whether commits were seen to wait for a standby there.
 *
 * A program that does not know of it would serve a copy in which sessions are alive that were ended; so none may run beside
 * this step.
 */
export const installation: Migration = {
  name: '0002-installation',
  oldestBeside: 2,
  sql: `
CREATE TABLE installation (
  one boolean PRIMARY KEY CHECK (one),
  id text NOT NULL,
  epoch bigint NOT NULL,
  copied_at bigint,
  system_identifier text,
  timeline bigint,
  table_id text,
  synchronous boolean NOT NULL
);
`,
}
