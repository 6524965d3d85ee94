import type { Member } from '../../src/domain/member.ts'
import { day } from '../support/manual-clock.ts'

/** A statement for either database that adds sessions of a member, which begin when the member was made. */
export function manySessions({ id, siteId, createdAt, generation }: Member, count: number): string {
  return `
    INSERT INTO session (site_id, member_id, created_at, used_at, expires_at, idle_ms, persistent, site_generation,
      member_generation, look_at)
    WITH RECURSIVE each(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM each WHERE i < ${count})
    SELECT '${siteId}', '${id}', ${createdAt}, ${createdAt}, ${createdAt + 100 * day}, ${30 * day}, false, t.generation,
      ${generation}, ${createdAt + 30 * day}
    FROM each CROSS JOIN site t`
}
