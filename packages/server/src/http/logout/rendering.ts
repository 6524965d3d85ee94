import type { FastifyRequest } from 'fastify'
import { wantsHtml } from '../wire/accept.ts'

/**
 * How a logout is answered. `envelope`: always 200 with the answer as a JSON message, for programs; `raw`: the answer
 * itself, for browsers that were sent to the address.
 */
export type Rendering = 'envelope' | 'raw'

/** Chooses by what only one of the two sends; the official client's marker comes first, since it runs in browsers too. */
export function renderingOf({ headers }: Pick<FastifyRequest, 'headers'>): Rendering {
  if (headers['x-wix-bi-gateway'] !== undefined) return 'envelope'
  if (headers['sec-fetch-mode'] === 'navigate' || wantsHtml(headers.accept)) return 'raw'
  return 'envelope'
}

/** Whether a browser fetches the address ahead of time, in case the person goes there. Nobody asked for anything yet. */
export function isPrefetch({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return saysPrefetch(headers['sec-purpose']) || saysPrefetch(headers['purpose'])
}

function saysPrefetch(purpose: string | readonly string[] | undefined): boolean {
  return purpose !== undefined && String(purpose).toLowerCase().includes('prefetch')
}
