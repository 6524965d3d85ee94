/** External login: the site's own servers get tokens of a member whom they logged in elsewhere. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addApiKey, administer, block } from '../support/administer.ts'
import { auditOf, oauthErrorOf } from '../support/answers.ts'
import { minute } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  everythingAccepted,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { logoutTicket, tokensOf } from '../support/requests.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let key: string
let keyId: string
let visitor: string
let memberId: string
beforeAll(async () => {
  server = await startTestServer()
  const made = await addApiKey(server)
  key = made.key
  keyId = made.id
})
beforeEach(async () => {
  visitor = (await visitorTokens(server)).accessToken
  memberId = (await registerMember(server)).memberId
})
afterAll(() => server.close())

const grantType = 'authorized_client'
const ask = (fields: Readonly<Record<string, unknown>>, authorization: string | undefined = `${visitor},${key}`) =>
  send(`${server.url}/oauth2/token`, {
    json: { grant_type: grantType, scope: 'offline_access', member_id: memberId, ...fields },
    headers: authorization === undefined ? {} : { authorization },
  })
const isGood = async (answer: Received) => (await acceptedOf(server, tokensOf(answer))).length > 0

async function signOn(email = `${randomUUID()}@shop.example`) {
  const json = { loginId: { email } }
  const answer = await send(`${server.url}/v2/sign-on`, { json, headers: { authorization: `${visitor},${key}` } })
  return answer.json<{ sessionToken: string; identity: { id: string } }>()
}

const sessionsOf = async (id: string) =>
  (await administer(server, 'GET', `/members/${id}/sessions`)).json<{ sessions: { id: string; clientId: string }[] }>()
    .sessions

describe('without a sessionToken', () => {
  test('the member’s tokens are given, with a refresh token whatever the scope', async () => {
    for (const scope of ['offline_access', 'openid', null]) {
      const answer = await ask({ scope })
      expect(answer.json()).toMatchObject({ token_type: 'Bearer', expires_in: 300, refresh_token: expect.any(String) })
      const { accessToken, refreshToken } = tokensOf(answer)
      const headers = { authorization: accessToken }
      expect((await send(`${server.url}/oauth2/user-info`, { headers })).json()).toMatchObject({ sub: memberId })
      expect(await isGood(answer)).toBe(true)
      const json = { clientId: server.client.id, grantType: 'refresh_token', refreshToken }
      expect((await send(`${server.url}/oauth2/token`, { json })).status).toBe(200)
    }
  })

  test('fields are read in either spelling, as JSON, as a form, and wrapped up', async () => {
    const headers = { authorization: `${visitor},${key}` }
    const fields = { grantType, memberId: memberId.toUpperCase() }
    const snake = { grant_type: grantType, member_id: memberId }
    for (const sent of [{ json: fields }, { json: snake }, { form: fields }, { form: snake }]) {
      expect((await send(`${server.url}/oauth2/token`, { ...sent, headers })).status).toBe(200)
    }
    const body = Buffer.from(JSON.stringify(fields)).toString('base64')
    const wrapped = await send(`${server.url}/oauth2/token`, { json: { body }, headers })
    expect(wrapped.json()).toMatchObject({ statusCode: 200 })
  })

  test('S-14: a server that logs one member in again and again has one session with them, and evicts no device', async () => {
    await using crowded = await startTestServer({ siteSettings: { sessionsPerMember: 3 } })
    const { key: own } = await addApiKey(crowded)
    const device = await signedInMember(crowded)
    const answers: Received[] = []
    for (let time = 0; time < 10; time += 1) {
      const json = { grantType, memberId: device.memberId }
      answers.push(await send(`${crowded.url}/oauth2/token`, { json, headers: { authorization: own } }))
    }
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(await acceptedOf(crowded, device)).toEqual(everythingAccepted)
    for (const answer of answers) expect(await acceptedOf(crowded, tokensOf(answer))).not.toEqual([])
    const listed = await administer(crowded, 'GET', `/members/${device.memberId}/sessions`)
    expect(listed.json<{ sessions: unknown[] }>().sessions).toHaveLength(2)
  })

  test('another key and another client have sessions of their own', async () => {
    const other = await addApiKey(server)
    const client = await server.addClient()
    await ask({})
    await ask({}, `${visitor},${other.key}`)
    await ask({ clientId: client.id }, key)
    await ask({ clientId: client.id }, key)
    const clients = (await sessionsOf(memberId)).map(({ clientId }) => clientId).toSorted()
    // And the one that registering began.
    expect(clients).toHaveLength(4)
    expect(clients.filter((id) => id === client.id)).toHaveLength(1)
  })

  test('logging out ends that session for all tokens of it, and the next login begins another', async () => {
    const [first, second] = [await ask({}), await ask({})]
    await send(`${server.url}/v1/logout`, { json: {}, headers: { authorization: tokensOf(second).accessToken } })
    expect(await isGood(first)).toBe(false)
    expect(await isGood(second)).toBe(false)
    const third = await ask({})
    expect(await isGood(third)).toBe(true)
    expect(await isGood(first)).toBe(false)
  })

  test('it lives on when nothing but the key is revoked, and no new tokens come of the key', async () => {
    const own = await addApiKey(server)
    const before = await ask({}, `${visitor},${own.key}`)
    await administer(server, 'DELETE', `/api-keys/${own.id}`)
    expect(oauthErrorOf(await ask({}, `${visitor},${own.key}`))).toBe('401 invalid_client')
    expect(await isGood(before)).toBe(true)
  })

  test('the start of its session is on record with the key', async () => {
    await ask({})
    const started = (await auditOf(server)).filter(
      (record) => record.memberId === memberId && record.event === 'session.started',
    )
    expect(started.at(-1)).toMatchObject({ actor: { kind: 'api_key', id: keyId }, clientId: server.client.id })
  })

  test('a member who waits, is blocked, or is not there gets none: 400', async () => {
    expect(oauthErrorOf(await ask({ member_id: randomUUID() }))).toBe('400 invalid_grant')
    expect(oauthErrorOf(await ask({ member_id: 'nobody' }))).toBe('400 invalid_grant')
    const before = await ask({})
    await block(server, memberId)
    expect(await isGood(before)).toBe(false)
    expect(oauthErrorOf(await ask({}))).toBe('400 invalid_grant')
    await using waiting = await startTestServer({ siteSettings: { requireOwnerApproval: true } })
    const json = { grantType, memberId: (await registerMember(waiting)).memberId }
    const headers = { authorization: (await addApiKey(waiting)).key }
    expect(oauthErrorOf(await send(`${waiting.url}/oauth2/token`, { json, headers }))).toBe('400 invalid_grant')
  })
})

describe('with a sessionToken', () => {
  test('the tokens are of the session that signing on began, which a logout ends', async () => {
    const { sessionToken, identity } = await signOn()
    const before = await sessionsOf(identity.id)
    const answer = await ask({ member_id: identity.id, session_token: sessionToken, scope: undefined })
    expect(answer.json()).toMatchObject({ refresh_token: expect.any(String) })
    expect(await sessionsOf(identity.id)).toHaveLength(before.length)
    const ticket = await logoutTicket(server, tokensOf(answer).accessToken)
    await send(`${server.url}/v1/logout?logoutTicket=${ticket}`)
    expect(await isGood(answer)).toBe(false)
    expect(await sessionsOf(identity.id)).toEqual([])
  })

  test('it is good once, for a code or for tokens', async () => {
    const { sessionToken, identity } = await signOn()
    const fields = { member_id: identity.id, session_token: sessionToken }
    const [one, two] = await Promise.all([ask(fields), ask(fields)])
    expect([oauthErrorOf(one), oauthErrorOf(two)].toSorted()).toEqual(['200', '400 invalid_grant'])
    expect(await isGood(one.status === 200 ? one : two)).toBe(true)
    const other = await signOn()
    await authorizeWithTicket(server, other.sessionToken)
    const used = { member_id: other.identity.id, session_token: other.sessionToken }
    expect(oauthErrorOf(await ask(used))).toBe('400 invalid_grant')
  })

  test('of another member it is refused, and stays good for its own', async () => {
    const { sessionToken, identity } = await signOn()
    expect(oauthErrorOf(await ask({ session_token: sessionToken }))).toBe('400 invalid_grant')
    expect((await ask({ member_id: identity.id, session_token: sessionToken })).status).toBe(200)
  })

  test.each<[string, (ticket: string) => Promise<string> | string]>([
    ['that nobody was given', () => `adj_ticket_${'A'.repeat(43)}`],
    ['of another kind', (ticket) => ticket.replace('adj_ticket_', 'adj_code_')],
    ['that is the access token of a visitor', () => visitor],
  ])('one %s is refused, and starts nothing', async (_what, of) => {
    const { sessionToken, identity } = await signOn()
    const before = await sessionsOf(identity.id)
    const answer = await ask({ member_id: identity.id, session_token: await of(sessionToken) })
    expect(oauthErrorOf(answer)).toBe('400 invalid_grant')
    expect(await sessionsOf(identity.id)).toEqual(before)
  })

  test('it is too old after ten minutes, and dead with its session', async () => {
    await using own = await startTestServer()
    const { key: ofOwn } = await addApiKey(own)
    const headers = { authorization: ofOwn }
    const email = 'ada@shop.example'
    const signOnAt = async () =>
      (await send(`${own.url}/v2/sign-on`, { json: { loginId: { email } }, headers })).json<{
        sessionToken: string
        identity: { id: string }
      }>()
    const exchangeAt = ({ sessionToken, identity }: Awaited<ReturnType<typeof signOnAt>>) =>
      send(`${own.url}/oauth2/token`, { json: { grantType, memberId: identity.id, sessionToken }, headers })
    const old = await signOnAt()
    own.clock.advance(10 * minute)
    expect(oauthErrorOf(await exchangeAt(old))).toBe('400 invalid_grant')
    const ended = await signOnAt()
    await administer(own, 'DELETE', `/members/${ended.identity.id}/sessions`)
    expect(oauthErrorOf(await exchangeAt(ended))).toBe('400 invalid_grant')
  })
})

describe('who asks', () => {
  test.each<[string, () => Promise<string | undefined>, string]>([
    ['nobody in particular', async () => undefined, '401 invalid_client'],
    ['an empty header', async () => '', '401 invalid_client'],
    ['a visitor alone', async () => visitor, '401 invalid_client'],
    ['a member alone', async () => (await signedInMember(server)).accessToken, '401 invalid_client'],
    ['a key that nobody made', async () => `${visitor},adj_api_${'A'.repeat(43)}`, '401 invalid_client'],
    ['the key twice', async () => `${key},${key}`, '401 invalid_client'],
    ['three parts', async () => `${visitor},${key},`.concat('x'), '401 invalid_client'],
    ['a token that is none', async () => `no.good.token,${key}`, '401 invalid_client'],
    [
      'a key without the permission',
      async () => `${visitor},${(await addApiKey(server, ['IAM.START'])).key}`,
      '400 unauthorized_client',
    ],
    [
      'a token of a visitor who was closed',
      async () => {
        await send(`${server.url}/v1/logout?logoutTicket=${await logoutTicket(server, visitor)}`)
        return `${visitor},${key}`
      },
      '401 invalid_client',
    ],
    [
      'a token of a member who has left',
      async () => {
        const { accessToken } = await signedInMember(server)
        await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
        return `${accessToken},${key}`
      },
      '401 invalid_client',
    ],
  ])('%s is refused, and starts nothing', async (_who, authorize, refusal) => {
    const authorization = await authorize()
    const json = { grant_type: grantType, member_id: memberId }
    const before = await sessionsOf(memberId)
    const answer = await send(`${server.url}/oauth2/token`, {
      json,
      headers: authorization === undefined ? {} : { authorization },
    })
    expect(oauthErrorOf(answer)).toBe(refusal)
    expect(answer.json()).toHaveProperty('error_description')
    expect(await sessionsOf(memberId)).toEqual(before)
  })

  test.each<[string, () => Promise<string>]>([
    ['the key alone', async () => key],
    ['an empty first part', async () => `,${key}`],
    ['a scheme', async () => `Bearer ${visitor},${key}`],
    ['the key first', async () => `${key},${visitor}`],
    ['a member of the site', async () => `${(await signedInMember(server)).accessToken},${key}`],
  ])('the header may have the form of %s', async (_form, authorize) => {
    await using own = await startTestServer()
    const answer = await ask({ clientId: server.client.id }, await authorize())
    expect(answer.status).toBe(200)
    expect(own.url).not.toBe(server.url)
  })

  test('an access token that has expired still names its client', async () => {
    const { accessToken } = await visitorTokens(server)
    server.clock.advance(6 * minute)
    expect((await ask({}, `${accessToken},${key}`)).status).toBe(200)
  })

  test('another site is meant by nobody: 401', async () => {
    const headers = { authorization: `${visitor},${key}`, 'wix-site-id': randomUUID() }
    const answer = await send(`${server.url}/oauth2/token`, { json: { grantType, memberId }, headers })
    expect(oauthErrorOf(answer)).toBe('401 invalid_client')
  })

  test('the client is that of the token; else the one named; else the only one', async () => {
    await using own = await startTestServer()
    const { key: ofOwn } = await addApiKey(own)
    const { memberId: ada } = await registerMember(own)
    const askOwn = (fields: Readonly<Record<string, unknown>>, authorization = ofOwn) =>
      send(`${own.url}/oauth2/token`, { json: { grantType, memberId: ada, ...fields }, headers: { authorization } })
    expect((await askOwn({})).status).toBe(200)
    const other = await own.addClient()
    expect(oauthErrorOf(await askOwn({}))).toBe('400 invalid_request')
    expect(oauthErrorOf(await askOwn({ clientId: randomUUID() }))).toBe('400 invalid_client')
    expect((await askOwn({ clientId: other.id })).status).toBe(200)
    const { accessToken } = await visitorTokens(own, other)
    const answer = await askOwn({ clientId: own.client.id }, `${accessToken},${ofOwn}`)
    const { token: info } = { token: tokensOf(answer).accessToken }
    const said = await send(`${own.url}/oauth2/token-info`, { json: { token: info } })
    expect(said.json()).toMatchObject({ clientId: other.id })
  })

  test('memberId is needed', async () => {
    const json = { grantType }
    const answer = await send(`${server.url}/oauth2/token`, { json, headers: { authorization: key } })
    expect(oauthErrorOf(answer)).toBe('400 invalid_request')
  })
})
