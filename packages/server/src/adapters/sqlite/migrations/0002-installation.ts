import type { Migration } from '../../stored/migration.ts'

/**
 * What the database says of itself: one row, made when a server that keeps a witness first opens it. The columns of its
 * home stay empty in a file; they are here so that both databases hold the same.
 *
 * A program that does not know of it would serve a copy in which sessions are alive that were ended; so none may run beside
 * this step.
 */
export const installation: Migration = {
  name: '0002-installation',
  oldestBeside: 2,
  sql: `
CREATE TABLE installation (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  copied_at INTEGER,
  system_identifier TEXT,
  timeline INTEGER,
  table_id TEXT,
  synchronous INTEGER NOT NULL CHECK (synchronous IN (0, 1))
) STRICT;
`,
}
