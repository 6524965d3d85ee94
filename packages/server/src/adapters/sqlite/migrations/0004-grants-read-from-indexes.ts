import type { Migration } from '../../stored/migration.ts'

/**
 * What an end has to know of a session's grants is read from indexes alone: what they are, and how many of their refresh tokens
 * are not spent. The rows lie on other pages, somewhere among all, and a logout would read one more of them for each.
 */
export const grantsReadFromIndexes: Migration = {
  name: '0004-grants-read-from-indexes',
  oldestBeside: 3,
  sql: `
DROP INDEX client_grant_by_session;
CREATE INDEX client_grant_by_session ON client_grant (session_id, sid, client_id);
DROP INDEX refresh_token_by_grant;
CREATE INDEX refresh_token_by_grant ON refresh_token (grant_id, spent_at);
`,
}
