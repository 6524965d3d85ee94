import type { FastifyRequest } from 'fastify'
import type { Service } from '../../operations/service.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'

/**
 * Refuses a form that was not sent from a page of ours: a form on another site could log a person in as somebody else, or
 * have mails sent. Every browser sends one of the two headers with a form.
 *
 * @param options.pageMayBeSilent - The form's page names itself to nobody, so that an old browser says `null` or nothing of it.
 * @throws {ApplicationRefusal} `PERMISSION_DENIED`.
 */
export function assertOwnForm(
  service: Service,
  { headers }: FastifyRequest,
  { pageMayBeSilent = false }: { readonly pageMayBeSilent?: boolean } = {},
): void {
  const site = headers['sec-fetch-site']
  const { origin } = headers
  const fromOurOrigin = origin === service.baseUrl || (pageMayBeSilent && (origin === undefined || origin === 'null'))
  const own = site === undefined ? fromOurOrigin : site === 'same-origin'
  if (!own) throw new ApplicationRefusal('PERMISSION_DENIED', 'This form must be sent from the page of this service')
}
