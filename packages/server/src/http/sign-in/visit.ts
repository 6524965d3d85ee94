import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Site } from '../../domain/site.ts'
import { findSite } from '../../operations/find-site.ts'
import { type Appearance, appearanceOf } from '../pages/appearance.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { wantedLanguages } from '../wire/wanted-languages.ts'
import type { Flow, ReadFlow } from './flow.ts'

/** Somebody on one of our pages: what they came for, and how the pages look to them. */
export interface Visit {
  readonly surroundings: Surroundings
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly flow: Flow
  readonly site: Site
  readonly appearance: Appearance
}

/** Answers a request that a way was read from: by a page of it, or by what is wrong with it. */
export async function visit(
  surroundings: Surroundings,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  read: ReadFlow,
  answer: (visit: Visit) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const site = await findSite(surroundings.service)
  const uiLocales = read.outcome === 'good' ? read.flow.uiLocales : undefined
  const appearance = appearanceOf(site, wantedLanguages(request, uiLocales))
  if (read.outcome === 'refused') return read.answer(reply, appearance)
  return answer({ surroundings, request, reply, flow: read.flow, site, appearance })
}
