import type { AuditPage, AuditQuery } from '../ports/storage.ts'
import type { Service } from './service.ts'

/** Looks for records of the audit log. A page may be short, or empty, and have more behind it all the same. */
export function findAuditRecords({ storage }: Service, query: AuditQuery): Promise<AuditPage> {
  return storage.queryAudit(query)
}
