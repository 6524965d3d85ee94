/** The reset of an emulator by HTTP. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { addMethod } from '../http/wire/add-method.ts'
import type { Surroundings } from '../http/wire/surroundings.ts'

/**
 * Adds `POST /dev/reset`.
 *
 * @param reset - Resolves when everything is as it was after the start.
 */
export function resetRoute(app: FastifyInstance, surroundings: Surroundings, reset: () => Promise<void>): void {
  addMethod(app, surroundings, {
    addresses: ['/dev/reset'],
    methods: ['POST'],
    errors: 'identity',
    tag: 'Emulator',
    summary: 'Put everything back to how it was after the start',
    description:
      'The members of the file and nobody else, no sessions, no faults, the time of the machine; the client, the ' +
      'administrator key and the signing keys stay. Requests in flight are finished as if it had not been.',
    answers: { 204: Type.Null({ description: 'No content' }) },
    handler: async ({ reply }) => {
      await reset()
      return reply.code(204).send()
    },
  })
}
