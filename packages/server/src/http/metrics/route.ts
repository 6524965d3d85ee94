import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sha256 } from '../../domain/sha256.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'

/** What is exposed, and to whom. */
export interface ExposedMetrics {
  /** Whoever reads must present it; a secret. `undefined` lets everybody read who reaches the service. */
  readonly token: string | undefined
  readonly contentType: string
  /** Never rejects for want of the database: then above all somebody wants to know. */
  readonly read: () => Promise<string>
}

/** Adds `GET /metrics`, in the text format of Prometheus. It asks no database who may read, as it has to answer without one. */
export function metricsRoute(scope: FastifyInstance, { token, contentType, read }: ExposedMetrics): void {
  scope.get(
    '/metrics',
    // Not of the API: what it answers is described where its readers look for it.
    { config: { mayBePlain: true }, schema: { hide: true } },
    async (request, reply) => {
      if (token !== undefined && !presents(request.headers.authorization, token)) {
        throw new ApplicationRefusal('UNAUTHENTICATED', 'The token for metrics is needed')
      }
      return reply.type(contentType).send(await read())
    },
  )
}

/** Compares digests, so that the time it takes tells nothing of the token. */
function presents(authorization: string | undefined, token: string): boolean {
  return timingSafeEqual(sha256(authorization ?? ''), sha256(`Bearer ${token}`))
}
