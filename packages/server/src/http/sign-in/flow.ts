import type { FastifyReply } from 'fastify'
import type { Client } from '../../domain/client.ts'
import type { NewCookie } from '../../operations/new-cookie.ts'
import type { Appearance } from '../pages/appearance.ts'

/** A login on our pages: what somebody came for, and where they are sent once they have signed in. */
export interface Flow {
  readonly client: Client
  /** What every page of the flow carries along, so that the next one knows it too. */
  readonly fields: Readonly<Record<string, string>>
  /** The path of the login page. */
  readonly loginPath: string
  /** Languages that were asked for, with spaces between them. */
  readonly uiLocales: string | undefined
  /** Where the browser may be sent at the end: absolute URLs. */
  readonly redirectsTo: readonly string[]
  /** Gives the browser its cookie and sends it on. */
  readonly finish: (reply: FastifyReply, appearance: Appearance, newCookie: NewCookie) => Promise<FastifyReply>
}

/** What a request to one of the pages comes to. */
export type ReadFlow =
  | { readonly outcome: 'good'; readonly flow: Flow }
  /** It names no client, or an address that is not the client's. */
  | { readonly outcome: 'refused'; readonly answer: (reply: FastifyReply, appearance: Appearance) => FastifyReply }

/** The paths of the pages. */
export const pagePaths = {
  login: '/login',
  register: '/register',
  forgottenPassword: '/forgotten-password',
  code: '/code',
} as const
