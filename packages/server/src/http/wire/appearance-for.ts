import { findSite } from '../../operations/find-site.ts'
import type { Service } from '../../operations/service.ts'
import { type Appearance, appearanceOf } from '../pages/appearance.ts'
import { type Reader, wantedLanguages } from './wanted-languages.ts'

/**
 * How pages look to whoever made a request.
 *
 * @throws {StorageUnavailable} When the site cannot be read.
 */
export async function appearanceFor(service: Service, request: Reader): Promise<Appearance> {
  return appearanceOf(await findSite(service), wantedLanguages(request))
}

/** The same where the page must be shown all the same, as that of a failure: in nobody's name and colour, without a look. */
export function appearanceWithoutSite(request: Reader): Appearance {
  return appearanceOf(undefined, wantedLanguages(request))
}
