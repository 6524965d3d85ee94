/** Sign On: the site's own servers log a member in, without a credential of theirs. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressesOf } from '../../src/protocol/paths.ts'
import { addApiKey, administer, block } from '../support/administer.ts'
import { auditOf, refusalOf, violationOf } from '../support/answers.ts'
import { appToken, secretOf } from '../support/clients.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  everythingAccepted,
  exchange,
  password,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { logoutTicket } from '../support/requests.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let key: string
beforeAll(async () => {
  server = await startTestServer()
  key = (await addApiKey(server)).key
})
afterAll(() => server.close())

const newAddress = () => `${randomUUID()}@shop.example`
const signOn = (json: unknown, headers: Readonly<Record<string, string>> = { authorization: key }, at = server) =>
  send(`${at.url}/v2/sign-on`, { json, headers })

interface SignedOn {
  readonly sessionToken: string
  readonly identity: {
    readonly id: string
    readonly email: { readonly address: string; readonly isVerified: boolean }
    readonly identityProfile: Readonly<Record<string, unknown>>
    readonly status: { readonly name: string; readonly reasons: readonly string[] }
  }
}
const signedOn = (answer: Received) => {
  if (answer.status !== 200) throw new Error(`Nobody was signed on: ${answer.status} ${answer.text}`)
  return answer.json<SignedOn>()
}

describe('whoever is signed on', () => {
  test('is added where nobody has the address, and is in a session of their own', async () => {
    const email = newAddress()
    const profile = { firstName: 'Ada', customFields: { tier: 'gold' }, unknown: 'dropped', lastName: null }
    const { sessionToken, identity } = signedOn(await signOn({ loginId: { email }, profile }))
    expect(identity).toMatchObject({
      email: { address: email, isVerified: false },
      identityProfile: { firstName: 'Ada', customFields: [{ name: 'tier', value: { strValue: 'gold' } }] },
      status: { name: 'ACTIVE', reasons: [] },
    })
    expect(identity.identityProfile).not.toHaveProperty('unknown')
    const { code, cookie = '' } = await authorizeWithTicket(server, sessionToken)
    const tokens = await exchange(server, code)
    expect(await acceptedOf(server, { ...tokens, cookie })).toEqual(everythingAccepted)
  })

  test('is the same member each time, whatever the case of the address', async () => {
    const email = newAddress()
    const first = signedOn(await signOn({ loginId: { email } }))
    const again = signedOn(await signOn({ loginId: { email: email.toUpperCase() } }))
    expect(again.identity).toEqual(first.identity)
    expect(again.sessionToken).not.toBe(first.sessionToken)
  })

  test('is the same member when two servers of the site sign them on at once', async () => {
    const email = newAddress()
    const answers = await Promise.all(
      ['firstName', 'lastName', 'nickname'].map((name) => signOn({ loginId: { email }, profile: { [name]: 'Ada' } })),
    )
    expect(new Set(answers.map((answer) => signedOn(answer).identity.id)).size).toBe(1)
    const { identity } = signedOn(await signOn({ loginId: { email } }))
    expect(identity.identityProfile).toMatchObject({ firstName: 'Ada', lastName: 'Ada', nickname: 'Ada' })
  })

  test('keeps what is not given, and gets what is', async () => {
    const email = newAddress()
    await signOn({ loginId: { email }, profile: { firstName: 'Ada', lastName: 'Byron' }, verifyEmail: true })
    const { identity } = signedOn(await signOn({ loginId: { email }, profile: { lastName: 'Lovelace' } }))
    expect(identity.identityProfile).toMatchObject({ firstName: 'Ada', lastName: 'Lovelace' })
    expect(identity.email.isVerified).toBe(true)
  })

  test('keeps their password and their other sessions, if they had any', async () => {
    const member = await signedInMember(server)
    const { identity } = signedOn(await signOn({ loginId: { email: member.email } }))
    expect(identity.id).toBe(member.memberId)
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
    const login = await send(`${server.url}/v2/login`, { json: { loginId: { email: member.email }, password } })
    expect(login.json()).toMatchObject({ state: 'SUCCESS' })
  })

  test('has no password where they are new, so that nobody logs in with any', async () => {
    const email = newAddress()
    await signOn({ loginId: { email } })
    const login = await send(`${server.url}/v2/login`, { json: { loginId: { email }, password } })
    expect(refusalOf(login)).toBe('401 -19973')
  })

  test('is let in where people who register wait, closed registration or not', async () => {
    await using strict = await startTestServer({ siteSettings: { requireOwnerApproval: true } })
    const { key: ofStrict } = await addApiKey(strict)
    const { email, memberId } = await registerMember(strict)
    await administer(strict, 'PATCH', '/site', { settings: { registration: 'closed' } })
    const headers = { authorization: ofStrict }
    const { identity, sessionToken } = signedOn(await signOn({ loginId: { email } }, headers, strict))
    expect(identity).toMatchObject({ id: memberId, status: { name: 'ACTIVE', reasons: [] } })
    expect((await authorizeWithTicket(strict, sessionToken)).code).not.toBe('')
    const stranger = signedOn(await signOn({ loginId: { email: newAddress() } }, headers, strict))
    expect(stranger.identity.status.name).toBe('ACTIVE')
  })

  test('is on record with the key that signed them on', async () => {
    const { id, key: own } = await addApiKey(server)
    const { identity } = signedOn(await signOn({ loginId: { email: newAddress() } }, { authorization: own }))
    const actor = { kind: 'api_key', id }
    const said = (await auditOf(server)).filter(({ memberId }) => memberId === identity.id)
    expect(said).toMatchObject([
      { event: 'member.registered', actor },
      { event: 'session.started', actor },
    ])
  })

  test('may be signed on by an app too, which is on record as the client', async () => {
    const token = await appToken(server, server.client.id, await secretOf(server))
    const { identity } = signedOn(await signOn({ loginId: { email: newAddress() } }, { authorization: token }))
    const said = (await auditOf(server)).filter(({ memberId }) => memberId === identity.id)
    const actor = { kind: 'client', id: server.client.id }
    expect(said).toMatchObject([
      { event: 'member.registered', actor },
      { event: 'session.started', actor, clientId: server.client.id },
    ])
    const beside = await signOn({ loginId: { email: newAddress() } }, { authorization: `${token},${key}` })
    expect(refusalOf(beside)).toBe('401 UNAUTHENTICATED')
  })

  test('comes through the client whose token came with the key', async () => {
    const { accessToken } = await visitorTokens(server)
    const email = newAddress()
    const authorization = `${accessToken},${key}`
    const { identity } = signedOn(await signOn({ loginId: { email } }, { authorization }))
    const started = (await auditOf(server)).find(
      ({ memberId, event }) => memberId === identity.id && event === 'session.started',
    )
    expect(started).toMatchObject({ clientId: server.client.id })
  })
})

describe('nobody is signed on', () => {
  test('who is blocked: 403, and nothing is changed', async () => {
    const { email, memberId } = await registerMember(server)
    await block(server, memberId)
    const before = await server.contents.dump()
    const answer = await signOn({ loginId: { email }, profile: { firstName: 'X' }, verifyEmail: true })
    expect(refusalOf(answer)).toBe('403 IDENTITY_NOT_ACTIVE')
    expect(await server.contents.dump()).toBe(before)
  })

  test.each<[string, () => Promise<string | undefined>, string]>([
    ['nobody in particular', async () => undefined, '401 UNAUTHENTICATED'],
    ['an empty header', async () => '', '401 UNAUTHENTICATED'],
    ['a visitor', async () => (await visitorTokens(server)).accessToken, '403 PERMISSION_DENIED'],
    ['a member', async () => (await signedInMember(server)).accessToken, '403 PERMISSION_DENIED'],
    [
      'a key without the permission',
      async () => (await addApiKey(server, ['OAUTH_APPS.MANAGE'])).key,
      '403 PERMISSION_DENIED',
    ],
    ['a key that nobody made', async () => `adj_api_${'A'.repeat(43)}`, '401 UNAUTHENTICATED'],
    ['a key with another prefix', async () => key.replace('adj_api_', 'adj_admin_'), '401 UNAUTHENTICATED'],
    ['half a key', async () => key.slice(0, 30), '401 UNAUTHENTICATED'],
    ['two keys', async () => `${key},${key}`, '401 UNAUTHENTICATED'],
    [
      'a key and two tokens',
      async () => `${(await visitorTokens(server)).accessToken},${(await visitorTokens(server)).accessToken},${key}`,
      '401 UNAUTHENTICATED',
    ],
    ['a key and a token that is none', async () => `no-token,${key}`, '401 UNAUTHENTICATED'],
    [
      'a key and a token of somebody who has left',
      async () => {
        const { accessToken } = await signedInMember(server)
        await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
        return `${accessToken},${key}`
      },
      '401 UNAUTHENTICATED',
    ],
    [
      'a key and a visitor who was closed',
      async () => {
        const { accessToken } = await visitorTokens(server)
        await send(`${server.url}/v1/logout?logoutTicket=${await logoutTicket(server, accessToken)}`)
        return `${accessToken},${key}`
      },
      '401 UNAUTHENTICATED',
    ],
  ])('by %s', async (_who, authorize, refusal) => {
    const authorization = await authorize()
    const before = await server.contents.dump()
    const headers = authorization === undefined ? {} : { authorization }
    expect(refusalOf(await signOn({ loginId: { email: newAddress() } }, headers))).toBe(refusal)
    expect(await server.contents.dump()).toBe(before)
  })

  test('by a key that was revoked, from the very next request on', async () => {
    const { id, key: own } = await addApiKey(server)
    const headers = { authorization: own }
    expect((await signOn({ loginId: { email: newAddress() } }, headers)).status).toBe(200)
    await administer(server, 'DELETE', `/api-keys/${id}`)
    expect(refusalOf(await signOn({ loginId: { email: newAddress() } }, headers))).toBe('401 UNAUTHENTICATED')
  })

  test.each([
    [{}, '400 loginId REQUIRED_FIELD'],
    [{ loginId: {} }, '400 loginId.email REQUIRED_FIELD'],
    [{ loginId: { email: 'no address' } }, '400 loginId.email FORMAT'],
    [{ loginId: { email: 'ada@shop.example' }, verifyEmail: 'yes' }, '400 verifyEmail TYPE'],
    [{ loginId: { email: 'ada@shop.example' }, profile: { language: 'english' } }, '400 profile.language FORMAT'],
  ])('by the message %j', async (message, refusal) => {
    const before = await server.contents.dump()
    expect(violationOf(await signOn(message))).toBe(refusal)
    expect(await server.contents.dump()).toBe(before)
  })
})

describe('the header', () => {
  test.each<[string, (visitor: string) => string]>([
    ['the key alone', () => key],
    ['the key with a scheme', () => `Bearer ${key}`],
    ['a visitor and the key', (visitor) => `${visitor},${key}`],
    ['a visitor and the key with a scheme', (visitor) => `bearer ${visitor},${key}`],
    ['an empty first part', () => `,${key}`],
    ['the key first', (visitor) => `${key},${visitor}`],
  ])('is read as %s', async (_form, authorizationOf) => {
    const { accessToken } = await visitorTokens(server)
    const headers = { authorization: authorizationOf(accessToken) }
    expect((await signOn({ loginId: { email: newAddress() } }, headers)).status).toBe(200)
  })

  test('names this site or none: another one is refused, whatever the method', async () => {
    const own = server.service.siteId
    for (const site of [own, own.toUpperCase()]) {
      const headers = { authorization: key, 'wix-site-id': site }
      expect((await signOn({ loginId: { email: newAddress() } }, headers)).status).toBe(200)
    }
    for (const site of [randomUUID(), '', `${own}, ${own}`]) {
      const headers = { authorization: key, 'wix-site-id': site }
      expect(refusalOf(await signOn({ loginId: { email: newAddress() } }, headers))).toBe('401 UNAUTHENTICATED')
      expect(refusalOf(await send(`${server.url}/oauth2/user-info`, { headers }))).toBe('401 UNAUTHENTICATED')
    }
  })

  test('names a site for holders of API keys only', async () => {
    const { accessToken } = await signedInMember(server)
    const headers = { authorization: accessToken, 'wix-site-id': randomUUID() }
    expect((await send(`${server.url}/v1/sessions/current`, { headers })).status).toBe(200)
  })
})

test('every address of the method is answered alike', async () => {
  for (const address of addressesOf('authentication', '/v2/sign-on')) {
    const answer = await send(`${server.url}${address}`, {
      json: { loginId: { email: newAddress() }, mergeExistingContact: true },
      headers: { authorization: key },
    })
    expect([address, answer.status]).toEqual([address, 200])
  }
})

describe('an API key', () => {
  test('is nobody’s session: nobody is signed in by it or leaves everywhere, whatever cookie comes along', async () => {
    const { cookie } = await signedInMember(server)
    const headers = { authorization: key, cookie, 'x-requested-with': 'fetch' }
    for (const [method, path] of [
      ['GET', '/v1/sessions/current'],
      ['DELETE', '/v1/sessions'],
    ] as const) {
      expect([path, (await send(`${server.url}${path}`, { method, headers })).status]).toEqual([path, 401])
    }
    expect(await acceptedOf(server, { cookie })).not.toEqual([])
  })

  test('changes nobody’s password', async () => {
    const { accessToken } = await signedInMember(server)
    for (const authorization of [key, `${accessToken},${key}`]) {
      const json = { newPassword: 'another long passphrase' }
      const answer = await send(`${server.url}/v2/change-password`, { json, headers: { authorization } })
      expect(refusalOf(answer)).toBe('403 PERMISSION_DENIED')
    }
  })

  test('logs nobody out alone, and does not keep the member whose token it comes with from logging out', async () => {
    const member = await signedInMember(server)
    const logout = (authorization: string) => send(`${server.url}/v1/logout`, { json: {}, headers: { authorization } })
    expect((await logout(key)).status).toBe(200)
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
    expect((await logout(`${member.accessToken},${key}`)).status).toBe(200)
    expect(await acceptedOf(server, member)).toEqual([])
  })

  test('creates redirect sessions of any client, where it may', async () => {
    const other = await server.addClient()
    const json = { logout: { clientId: other.id } }
    const auth = {
      auth: {
        authRequest: {
          clientId: other.id,
          redirectUri: 'https://shop.example/callback',
          responseType: 'code',
          scope: 'offline_access',
          state: 's',
          codeChallenge: 'c'.repeat(43),
          codeChallengeMethod: 'S256',
        },
      },
    }
    const create = (message: unknown, authorization: string) =>
      send(`${server.url}/v1/redirect-session`, { json: message, headers: { authorization } })
    expect((await create(auth, key)).status).toBe(200)
    expect(refusalOf(await create(json, key))).toBe('403 PERMISSION_DENIED')
    const { key: without } = await addApiKey(server, ['OAUTH_APPS.READ'])
    expect(refusalOf(await create(auth, without))).toBe('403 PERMISSION_DENIED')
  })
})
