import type { Migration } from '../../stored/migration.ts'

/**
 * The index by which the refresh tokens of a grant are found says of each whether it was spent: what an end counts are those that
 * were not, and each row lies on a page of its own, somewhere among all.
 */
export const liveRefreshTokens: Migration = {
  name: '0004-live-refresh-tokens',
  oldestBeside: 3,
  sql: `
DROP INDEX refresh_token_by_grant;
CREATE INDEX refresh_token_by_grant ON refresh_token (grant_id, spent_at);
`,
}
