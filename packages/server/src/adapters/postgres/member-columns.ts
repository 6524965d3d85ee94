/** Of `member`, as `memberOf` reads them. */
export const memberColumns = `
  id, site_id, email, email_key, email_verified::int AS email_verified, status, status_reasons, password_hash, profile,
  generation, revision, created_at, updated_at`
