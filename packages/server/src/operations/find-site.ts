import type { Site } from '../domain/site.ts'
import type { Service } from './service.ts'

/** The site with its settings as they are now. It is made at first start, so its absence is a damaged database. */
export async function findSite(service: Service): Promise<Site> {
  const site = await service.storage.findSite()
  if (site === undefined) throw new Error('Cannot serve as the database holds no site')
  return site
}
