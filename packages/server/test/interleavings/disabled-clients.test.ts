import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { Barriers } from '../support/barriers.ts'
import { secretOf } from '../support/clients.ts'
import { acceptedOf, authorizeQuery, authorizeWithCookie, signedInMember, visitorTokens } from '../support/members.ts'
import { askForTokens, tokenInfo } from '../support/oauth-requests.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { askToExchange, askToRefresh, codeIn } from '../support/requests.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'

const barriers = new Barriers()
let first: TestServer

beforeAll(async () => {
  first = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
})
afterAll(() => first.close())

/** A client of its own for each race, and a request of it that is about to happen. */
interface Scene {
  readonly of: TestServer
  readonly ask: () => Promise<Received>
}

const requests: readonly {
  readonly what: string
  readonly calls: string
  readonly prepare: (of: TestServer) => Promise<() => Promise<Received>>
}[] = [
  {
    what: 'an exchange of a code',
    calls: 'redeemCode',
    prepare: async (of) => {
      const { cookie } = await signedInMember(of)
      const code = await authorizeWithCookie(of, cookie, of.client)
      return () => askToExchange(of, code)
    },
  },
  {
    what: 'the issue of a code',
    calls: 'issueCode',
    prepare: async (of) => {
      const { cookie } = await signedInMember(of)
      return () => send(`${of.url}/oauth2/authorize?${authorizeQuery(of.client)}`, { headers: { cookie } })
    },
  },
  {
    what: 'a refresh',
    calls: 'findRefreshToken',
    prepare: async (of) => {
      const { refreshToken } = await signedInMember(of)
      return () => askToRefresh(of, refreshToken)
    },
  },
  {
    what: 'a refresh with a rotating token',
    calls: 'rotateRefreshToken',
    prepare: async (of) => {
      await administer(of, 'PATCH', `/clients/${of.client.id}`, { refreshTokenPolicy: 'rotating' })
      const { refreshToken } = await signedInMember(of)
      return () => askToRefresh(of, refreshToken)
    },
  },
  {
    what: 'a refresh of a visitor',
    calls: 'checkVisitor',
    prepare: async (of) => {
      const { refreshToken } = await visitorTokens(of)
      return () => askToRefresh(of, refreshToken)
    },
  },
  {
    what: 'the welcome of a visitor',
    calls: 'findClient',
    prepare: async ({ client, ...of }) => {
      return () => askForTokens({ ...of, client }, { clientId: client.id, grantType: 'anonymous' })
    },
  },
  {
    what: 'an app that asks for a token',
    calls: 'findClient',
    prepare: async (of) => {
      const clientSecret = await secretOf(of)
      const { id: clientId } = of.client
      return () => askForTokens(of, { clientId, clientSecret, grantType: 'client_credentials' })
    },
  },
]

describe.each(requests)('$what', ({ what, calls, prepare }) => {
  test(`T-23: however ${what} meets the end of its client, nothing that it gives is good, also once the client is enabled`, async () => {
    const stopped = await atEveryPoint<Scene, Received>(barriers, {
      prepare: async () => {
        const of = { ...first, client: await first.addClient() }
        return { of, ask: await prepare(of) }
      },
      racing: ({ ask }) => ask(),
      meanwhile: async ({ of }) => {
        await succeed(administer(of, 'POST', `/clients/${of.client.id}/disable`))
        await first.reapNow()
      },
      afterwards: async ({ of }, answer) => {
        await expectNothingGood(of, answer)
        await succeed(administer(of, 'POST', `/clients/${of.client.id}/enable`))
        await expectNothingGood(of, answer)
        // What was opened at the last moment is ended with the rest: nothing is left that the log does not tell of.
        await first.reapNow()
        expect(await openGrantsOf(of)).toBe(0)
      },
    })
    expect(stopped).toContain(calls)
  })
})

/** A refusal, or something that is refused wherever it is presented. */
async function expectNothingGood(of: TestServer, answer: Received): Promise<void> {
  const code = answer.headers['location'] === undefined ? undefined : codeIn(answer)
  if (code !== undefined) expect((await askToExchange(of, code)).status).toBe(400)
  if (answer.status !== 200) return
  const { access_token: accessToken, refresh_token: refreshToken } = answer.json<Record<string, string | null>>()
  const held = {
    ...(typeof accessToken === 'string' ? { accessToken } : {}),
    ...(typeof refreshToken === 'string' ? { refreshToken } : {}),
  }
  expect(await acceptedOf(of, held)).toEqual([])
  if (typeof accessToken === 'string') expect(await tokenInfo(of, accessToken)).toMatchObject({ active: false })
}

/** Of the client's grants, those without an end on record. */
async function openGrantsOf(of: TestServer): Promise<number> {
  const grants = (await of.contents.grants()).filter(({ clientId }) => clientId === of.client.id)
  const ended = new Set((await of.service.storage.readLog(0, 100_000)).flatMap(({ sids }) => sids))
  return grants.filter(({ sid }) => !ended.has(sid)).length
}

async function succeed(sent: Promise<Received>): Promise<void> {
  const answer = await sent
  if (answer.status !== 200) throw new Error(`This was answered ${answer.status}: ${answer.text}`)
}
