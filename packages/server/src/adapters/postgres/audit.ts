import type { Audit } from '../../ports/storage.ts'
import {
  auditPageOf,
  auditSearchTexts,
  auditStretchOf,
  boundParameters,
  pageParameters,
} from '../stored/audit-search.ts'
import type { Access } from './access.ts'

/** How many records a page looks at. It holds up nobody but one of the connections that read. */
const look = 100_000

const texts = auditSearchTexts((place, type) => `$${place}::${type}`)

/** Reads the audit log. */
export function auditMethods({ rows }: Access): Pick<Audit, 'queryAudit'> {
  return {
    queryAudit: async (query) => {
      const [bounds] = await rows(texts.bounds, ...boundParameters(query))
      const stretch = auditStretchOf(query, bounds, look)
      return auditPageOf(query, stretch, await rows(texts[query.order], ...pageParameters(query, stretch)))
    },
  }
}
