/** Signing on and external login, while the key is revoked, or the member blocked or deleted. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addApiKey, administer, block, unblock } from '../support/administer.ts'
import { Barriers, isPast } from '../support/barriers.ts'
import { acceptedOf, authorizeQuery, registerMember } from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { codeIn, tokensOf } from '../support/requests.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'

const barriers = new Barriers()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
})
afterAll(() => server.close())

interface Scene {
  readonly email: string
  readonly memberId: string
  readonly key: string
  readonly keyId: string
}

async function prepare(): Promise<Scene> {
  const { email, memberId } = await registerMember(server)
  const { key, id: keyId } = await addApiKey(server)
  return { email, memberId, key, keyId }
}

const signOn = ({ email, key }: Pick<Scene, 'email' | 'key'>) =>
  send(`${server.url}/v2/sign-on`, {
    json: { loginId: { email }, profile: { nickname: 'Signed on' } },
    headers: { authorization: key },
  })
const externalLogin = ({ memberId, key }: Scene) =>
  send(`${server.url}/oauth2/token`, {
    json: { grantType: 'authorized_client', memberId },
    headers: { authorization: key },
  })
const useTicket = async (answer: Received) => {
  const { sessionToken } = answer.json<{ sessionToken: string }>()
  return codeIn(await send(`${server.url}/oauth2/authorize?${authorizeQuery(server.client, { sessionToken })}`))
}

describe('signing on', () => {
  test('S-07: however it meets a block, nothing of it is good, also once the block is lifted', async () => {
    const stopped = await atEveryPoint(barriers, {
      prepare,
      racing: signOn,
      meanwhile: ({ memberId }) => block(server, memberId),
      afterwards: async ({ memberId }, answer, at, points) => {
        if (!isPast(points, at, 'signOn')) expect(answer.status).toBe(403)
        await unblock(server, memberId)
        if (answer.status === 200) expect(await useTicket(answer)).toBeUndefined()
      },
    })
    expect(stopped).toContain('signOn')
  })

  test('however it meets a deletion, what is left of it is a new member or none', async () => {
    await atEveryPoint(barriers, {
      prepare,
      racing: signOn,
      meanwhile: async ({ memberId }) => {
        const answer = await administer(server, 'DELETE', `/members/${memberId}`)
        expect(answer.status).toBe(200)
      },
      afterwards: async ({ memberId }, answer, at, points) => {
        const { identity } = answer.json<{ identity?: { id: string } }>()
        const wasFirst = isPast(points, at, 'signOn')
        expect(answer.status).toBe(200)
        expect(identity?.id === memberId).toBe(wasFirst)
        expect((await useTicket(answer)) === undefined).toBe(wasFirst)
      },
    })
  })

  test('however it meets another one of the same new address, there is one member', async () => {
    const others: string[] = []
    const idOf = (answer: Received) => answer.json<{ identity: { id: string } }>().identity.id
    await atEveryPoint(barriers, {
      prepare: async () => ({ ...(await prepare()), email: `${randomUUID()}@shop.example` }),
      racing: signOn,
      meanwhile: async (scene) => void others.push(idOf(await signOn(scene))),
      afterwards: async (_scene, answer) => {
        expect(idOf(answer)).toBe(others.at(-1))
        expect(await useTicket(answer)).not.toBeUndefined()
      },
    })
  })

  test('however it meets the revocation of its key, nothing is accepted of the key afterwards', async () => {
    await atEveryPoint(barriers, {
      prepare,
      racing: signOn,
      meanwhile: async ({ keyId }) => void (await administer(server, 'DELETE', `/api-keys/${keyId}`)),
      afterwards: async (scene, answer, at, points) => {
        expect(answer.status).toBe(isPast(points, at, 'findApiKey') ? 200 : 401)
        expect((await signOn(scene)).status).toBe(401)
      },
    })
  })
})

describe('an external login', () => {
  test('S-07: however it meets a block, its tokens are dead, also once the block is lifted', async () => {
    const stopped = await atEveryPoint(barriers, {
      prepare,
      racing: externalLogin,
      meanwhile: ({ memberId }) => block(server, memberId),
      afterwards: async ({ memberId }, answer) => {
        await unblock(server, memberId)
        if (answer.status === 200) expect(await acceptedOf(server, tokensOf(answer))).toEqual([])
        else expect(answer.json()).toMatchObject({ error: 'invalid_grant' })
      },
    })
    expect(stopped).toEqual(expect.arrayContaining(['findApiKey', 'findSessionOfKey', 'startSession', 'redeemCode']))
  })

  test('however it meets a logout of the session that it takes up, what it gives is dead or of another session', async () => {
    await atEveryPoint(barriers, {
      prepare: async () => {
        const scene = await prepare()
        return { ...scene, held: tokensOf(await externalLogin(scene)) }
      },
      racing: externalLogin,
      meanwhile: async ({ held }) => {
        await send(`${server.url}/v1/logout`, { json: {}, headers: { authorization: held.accessToken } })
      },
      afterwards: async ({ held, ...scene }, answer) => {
        expect(await acceptedOf(server, held)).toEqual([])
        if (answer.status !== 200) expect(answer.json()).toMatchObject({ error: 'invalid_grant' })
        const next = await externalLogin(scene)
        expect(await acceptedOf(server, tokensOf(next))).not.toEqual([])
      },
    })
  })
})
