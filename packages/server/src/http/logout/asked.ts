import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { readRedirectSession } from '../../operations/keep-redirect-session.ts'
import type { Service } from '../../operations/service.ts'
import { optional } from '../wire/validation.ts'

/** The fields of a logout, in the query or in the body. */
export const logoutFields = Type.Object({
  clientId: optional(Type.String({ description: 'The client whose redirect addresses count. A GUID' })),
  postLogoutRedirectUri: optional(
    Type.String({ description: 'Where to go afterwards: an address of the client, or in one of its domains' }),
  ),
  logoutTicket: optional(Type.String({ description: 'One-time ticket from a redirect session' })),
  redirectSession: optional(Type.String({ description: 'Names parameters that were too long for an address' })),
})

/** Those of a POST, which may also be our own form. */
export const logoutForm = Type.Object({
  ...logoutFields.properties,
  confirmation: optional(Type.String({ description: 'Sent by the confirmation page' })),
})

/** What a logout asks for. Absent, null and empty are the same. */
export interface Asked {
  readonly clientId: string | null
  readonly postLogoutRedirectUri: string | null
  readonly logoutTicket: string | null
  /** The name under which client and redirect address are kept, where they did not fit into the address. */
  readonly redirectSession: string | null
  /** Counts only as sent by the form of our own page. */
  readonly confirmation: string | null
}

/**
 * Reads what is asked for; a field of the body wins over the same field of the query.
 *
 * Takes requests as they come, also before the schemas have judged them: what is no text is absent here, so that one that
 * is refused can still be answered with a form.
 */
export function readAsked(request: FastifyRequest, baseUrl: string): Asked {
  const query = fieldsOf(request.query)
  const body = fieldsOf(request.body)
  const field = (name: keyof Static<typeof logoutFields>) => textOf(body[name]) ?? textOf(query[name])
  return {
    clientId: field('clientId'),
    postLogoutRedirectUri: field('postLogoutRedirectUri'),
    logoutTicket: field('logoutTicket'),
    redirectSession: field('redirectSession'),
    confirmation: isOwnForm(request, baseUrl) ? textOf(body['confirmation']) : null,
  }
}

/** What is asked for, with what was kept of it in its place. */
export async function takeUpKept(service: Service, asked: Asked): Promise<Asked> {
  if (asked.redirectSession === null) return asked
  const kept = await readRedirectSession(service, { redirectSession: asked.redirectSession })
  return {
    ...asked,
    clientId: textOf(kept['clientId']) ?? asked.clientId,
    postLogoutRedirectUri: textOf(kept['postLogoutRedirectUri']) ?? asked.postLogoutRedirectUri,
  }
}

function isOwnForm({ method, headers }: FastifyRequest, baseUrl: string): boolean {
  if (method !== 'POST') return false
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  return headers.origin === undefined || headers.origin === baseUrl
}

function fieldsOf(message: unknown): Readonly<Record<string, unknown>> {
  return typeof message === 'object' && message !== null ? { ...message } : {}
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
