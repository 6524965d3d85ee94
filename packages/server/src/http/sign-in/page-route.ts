import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Surroundings } from '../wire/surroundings.ts'
import { assertOwnForm } from './own-form.ts'
import { pageForm, pageQuery } from './page-schemas.ts'
import { readFlow } from './read-flow.ts'
import { answerVisit, type Visit } from './visit.ts'

/** A page of a flow: what it shows to who comes to it, and what becomes of its form. */
export interface FlowPage {
  readonly path: string
  readonly show: (visit: Visit) => Promise<FastifyReply>
  readonly submit: (visit: Visit) => Promise<FastifyReply>
}

/** Adds a page. Its form counts only as sent from a page of ours. */
export function pageRoute(scope: FastifyInstance, surroundings: Surroundings, { path, show, submit }: FlowPage): void {
  const config = { errors: 'page' } as const
  scope.get(
    path,
    { exposeHeadRoute: false, config, schema: { querystring: pageQuery, hide: true } },
    async (request, reply) =>
      answerVisit(surroundings, { request, reply }, await readFlow(surroundings, request), show),
  )
  scope.post(
    path,
    { config, schema: { querystring: pageQuery, body: pageForm, hide: true } },
    async (request, reply) => {
      assertOwnForm(surroundings.service, request)
      return answerVisit(surroundings, { request, reply }, await readFlow(surroundings, request), submit)
    },
  )
}
