/**
 * What the database says of itself: one row, made when a server that keeps a witness first opens it. The columns of its
 * home stay empty in a file; they are here so that both databases hold the same.
 */
export const installation = `
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
`
