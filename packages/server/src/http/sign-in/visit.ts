import type { FastifyReply, FastifyRequest } from 'fastify'
import { deviceOf } from '../../domain/device.ts'
import type { Site } from '../../domain/site.ts'
import { findSite } from '../../operations/find-site.ts'
import { keepRedirectSession } from '../../operations/keep-redirect-session.ts'
import type { SigningInBrowser } from '../../operations/signing-in-browser.ts'
import { cookieSecretOf } from '../cookies/browser-session.ts'
import { type Appearance, appearanceOf } from '../pages/appearance.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { wantedLanguages } from '../wire/wanted-languages.ts'
import type { Flow, ReadFlow } from './flow.ts'

/** A request and the reply to it. */
export interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Somebody on one of our pages: what they came for, and how the pages look to them. */
export interface Visit extends Exchange {
  readonly surroundings: Surroundings
  readonly flow: Flow
  readonly site: Site
  readonly appearance: Appearance
  /** The address of another page of the flow, with what it has to carry along. */
  readonly hrefOf: (path: string) => string
}

/** The browser of a visit, as it signs somebody in. */
export function browserOf(
  { surroundings, request, flow }: Visit,
  { persistent }: Pick<SigningInBrowser, 'persistent'>,
): SigningInBrowser {
  return {
    persistent,
    clientId: flow.client.id,
    cookieSecret: cookieSecretOf(surroundings.service, request),
    device: deviceOf(request.headers['user-agent']),
    source: surroundings.limitedSource(request),
    requestId: request.id,
  }
}

/** Longer than this a query is kept here, and carried along by its name: an address has an end. */
const queryCharactersMax = 4096

/** Answers a request that a flow was read from: by a page of it, or by what is wrong with it. */
export async function answerVisit(
  surroundings: Surroundings,
  exchange: Exchange,
  read: ReadFlow,
  answer: (visit: Visit) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const { service } = surroundings
  const site = await findSite(service)
  const kept = read.outcome === 'good' ? read.flow.uiLocales : undefined
  const appearance = appearanceOf(site, wantedLanguages(exchange.request, kept))
  if (read.outcome === 'refused') return read.answer(exchange.reply, appearance)
  const { flow } = read
  const written = new URLSearchParams(flow.fields)
  const isLong = String(written).length > queryCharactersMax
  const query = isLong ? new URLSearchParams(await keepRedirectSession(service, flow.fields)) : written
  return answer({ ...exchange, surroundings, flow, site, appearance, hrefOf: (path) => `${path}?${query}` })
}
