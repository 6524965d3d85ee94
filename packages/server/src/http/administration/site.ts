/** The site and its settings, as an operator sees and changes them. */
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { type Site, settingsWarnings } from '../../domain/site.ts'
import { siteRevision } from '../../domain/site-revision.ts'
import { type ChangeOfSite, changeSite } from '../../operations/change-site.ts'
import { findSite } from '../../operations/find-site.ts'
import { timestamp } from '../../protocol/timestamp.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { assertNoUnknownNames } from '../wire/unknown-names.ts'
import { addAdministrationMethod } from './add-administration-method.ts'
import {
  type Rules,
  readChangeOfSettings,
  readSiteName,
  settingsMessage,
  settingsToChange,
  siteName,
  toldSettings,
} from './site-settings.ts'

const site = Type.Object({
  site: Type.Object({
    id: Type.String(),
    name: siteName,
    createdDate: Type.String(),
    revision: Type.String({ description: 'Another one after every change' }),
    settings: toldSettings,
  }),
  warnings: Type.Array(Type.String(), {
    description: 'What the settings weaken of what the defaults promise, in words for a person',
  }),
})

const change = Type.Object({
  name: Type.Optional(siteName),
  settings: Type.Optional(settingsToChange),
  revision: Type.Optional(Type.String({ maxLength: 100, description: 'As GET told it' })),
})

/** Adds the methods. */
export function siteRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings

  addAdministrationMethod(scope, surroundings, {
    address: '/site',
    methods: ['GET'],
    role: 'read_only',
    summary: 'The site with its settings',
    answers: { 200: site },
    handler: async () => siteMessage(await findSite(service)),
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/site',
    methods: ['PATCH'],
    role: 'owner',
    summary: 'Change the name or settings of the site',
    description:
      'What is left out stays as it is, also where another administrator changes it at the same time. With a `revision`, as GET tells it, the change is refused with 409 when the site was changed since. What has no such setting is refused, with all of the message.',
    body: change,
    answers: { 200: site },
    handler: async ({ administrator, body, request }) =>
      siteMessage(await changeSite(service, administrator, { ...readChange(body, service), requestId: request.id })),
  })
}

function readChange(body: Static<typeof change>, rules: Rules): Omit<ChangeOfSite, 'requestId'> {
  assertNoUnknownNames(body, Object.keys(change.properties), { what: 'field' })
  return {
    ...(body.name === undefined ? {} : { name: readSiteName(body.name) }),
    settings: readChangeOfSettings(body.settings ?? {}, rules),
    revision: body.revision,
  }
}

function siteMessage(of: Site) {
  return {
    site: {
      id: of.id,
      name: of.name,
      createdDate: timestamp(of.createdAt),
      revision: siteRevision(of),
      settings: settingsMessage(of.settings),
    },
    warnings: settingsWarnings(of.settings),
  }
}
