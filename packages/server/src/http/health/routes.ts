/** Whether the process is alive, and whether it can serve. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Service } from '../../operations/service.ts'

/** Adds the two probes. They need no credential and say nothing else. */
export function healthRoutes(scope: FastifyInstance, service: Service): void {
  const answer = Type.Object({ status: Type.Literal('ok') })
  const config = { mayBePlain: true }
  scope.get(
    '/healthz',
    { config, schema: { summary: 'Whether the process is alive', tags: ['Health'], response: { 200: answer } } },
    async () => ({ status: 'ok' }),
  )
  scope.get(
    '/readyz',
    { config, schema: { summary: 'Whether the database answers', tags: ['Health'], response: { 200: answer } } },
    async () => {
      await service.storage.ping()
      return { status: 'ok' }
    },
  )
}
