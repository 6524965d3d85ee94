/** Every way to log out that the service has, as requests of one member. */

import { addressesOf } from '../../src/protocol/paths.ts'
import { signedInMember } from '../support/members.ts'
import { type Received, type Sent, send } from '../support/send.ts'
import { type Served, siteOrigin } from '../support/test-server.ts'

export type Member = Awaited<ReturnType<typeof signedInMember>>

/** A member and the request with which they leave. */
export interface Leaving {
  readonly way: string
  readonly member: Member
  /** Who is answered: the one sees a page, the other reads JSON, or nothing but a status. */
  readonly answered: 'person' | 'program'
  readonly leave: () => Promise<Received>
}

const person = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' }
const bye = `${siteOrigin}/bye`

/**
 * A member for each way out, signed in and about to leave. Nothing has been asked yet but the tickets.
 *
 * @param ways - `few` leaves out those that differ from another by their address or by a redirect alone.
 */
export async function membersAboutToLeave(server: Served, ways: 'every' | 'few'): Promise<readonly Leaving[]> {
  const { url, client } = server
  const redirect = `clientId=${client.id}&postLogoutRedirectUri=${encodeURIComponent(bye)}`
  const leaving: Leaving[] = []
  const add = async (
    way: string,
    answered: Leaving['answered'],
    request: (member: Member) => readonly [path: string, sent?: Sent] | Promise<readonly [path: string, sent?: Sent]>,
  ) => {
    const member = await signedInMember(server)
    const [path, sent] = await request(member)
    leaving.push({ way, member, answered, leave: () => send(`${url}${path}`, sent) })
  }
  const ticketOf = async ({ accessToken }: Member) => {
    const prepared = await send(`${url}/headless/v1/redirect-session`, {
      headers: { authorization: accessToken },
      json: { logout: { clientId: client.id }, callbacks: { postFlowUrl: bye } },
    })
    return new URL(prepared.json<{ redirectSession: { fullUrl: string } }>().redirectSession.fullUrl)
  }
  const byToken = async (address: string) =>
    add(`GET ${address} by token`, 'program', ({ accessToken }) => [
      address,
      { headers: { authorization: accessToken } },
    ])
  const byForm = async (address: string) =>
    add(`POST ${address} of a person`, 'person', ({ cookie }) => [
      address,
      { headers: { ...person, origin: url, cookie }, form: {} },
    ])
  const [documented = '', ...others] = addressesOf('authentication', '/v1/logout')
  await byToken(documented)
  await byForm(documented)
  await add('POST by cookie', 'program', ({ cookie }) => [documented, { headers: { cookie }, json: {} }])
  await add('GET of a person', 'person', ({ cookie }) => [documented, { headers: { ...person, cookie } }])
  await add('a person with a ticket and no cookie', 'person', async (member) => {
    const { pathname, search } = await ticketOf(member)
    return [`${pathname}${search}`, { headers: { ...person, 'sec-fetch-site': 'cross-site' } }]
  })
  await add('DELETE of the session by cookie', 'program', ({ cookie }) => [
    '/v1/sessions/current',
    { method: 'DELETE', headers: { cookie, 'x-requested-with': 'a script' } },
  ])
  if (ways === 'few') return leaving

  for (const [index, address] of others.entries()) await (index % 2 === 0 ? byForm(address) : byToken(address))
  await add('the official client', 'program', ({ accessToken }) => [
    `/_api/iam/authentication/v1/logout?${redirect}`,
    { headers: { authorization: accessToken, 'x-wix-bi-gateway': 'environment=js-sdk', origin: siteOrigin } },
  ])
  await add('a program that asks for a redirect', 'program', ({ accessToken }) => [
    '/authentication/v1/logout',
    { headers: { authorization: accessToken }, json: { clientId: client.id, postLogoutRedirectUri: bye } },
  ])
  await add('a person with a redirect', 'person', ({ cookie }) => [
    `/v1/logout?${redirect}`,
    { headers: { ...person, cookie } },
  ])
  await add('a person with a ticket and the cookie', 'person', async (member) => {
    const { pathname, search } = await ticketOf(member)
    return [`${pathname}${search}`, { headers: { ...person, 'sec-fetch-site': 'cross-site', cookie: member.cookie } }]
  })
  await add('DELETE of the session by token', 'program', ({ accessToken }) => [
    '/v1/sessions/current',
    { method: 'DELETE', headers: { authorization: accessToken } },
  ])
  await add('DELETE of every session', 'program', ({ accessToken }) => [
    '/v1/sessions',
    { method: 'DELETE', headers: { authorization: accessToken } },
  ])
  return leaving
}
