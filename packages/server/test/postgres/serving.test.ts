/** Two whole servers on one database, by HTTP. */

import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import { parseConfiguration } from '../../src/config/parse-configuration.ts'
import { type RunningServer, startServer } from '../../src/main.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { send } from '../support/send.ts'

const password = 'a long passphrase of ada'

let database: PostgresServer
let servers: readonly [RunningServer, RunningServer]

beforeAll(async () => {
  database = await PostgresServer.start()
  const url = database.url(await database.createDatabase('empty'))
  const start = () =>
    startServer({
      configuration: parseConfiguration({ ADJOURN_PORT: '0', ADJOURN_DATABASE_URL: url }),
      clock: systemClock,
      randomness: systemRandomness,
      logger: pino({ level: 'silent' }),
    })
  // At once, on an empty database: one of them makes the schema and the site.
  servers = await Promise.all([start(), start()])
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
  await database[Symbol.asyncDispose]()
})

test('two servers that start at once on an empty database serve one site', async () => {
  const [one, two] = servers
  expect(one.service.siteId).toBe(two.service.siteId)
  expect(one.firstClient).toEqual(two.firstClient)
  expect([one, two].filter(({ newAdministratorKey }) => newAdministratorKey !== null)).toHaveLength(1)
  for (const { url } of servers) expect((await send(`${url}/readyz`)).status).toBe(200)
})

test('D-15: a cookie is refused by one server on the request after the logout at the other', async () => {
  const email = 'ada@shop.example'
  await send(`${servers[0].url}/v2/register`, { json: { loginId: { email }, password } })
  for (let round = 0; round < 6; round += 1) {
    const here = servers[round % 2 === 0 ? 0 : 1]
    const there = servers[round % 2 === 0 ? 1 : 0]
    const login = await send(`${here.url}/oauth2/authorize`, {
      headers: { origin: here.url, 'sec-fetch-site': 'same-origin' },
      form: {
        clientId: String(here.firstClient?.id),
        redirectUri: 'http://localhost:4321/callback',
        responseType: 'code',
        responseMode: 'query',
        scope: 'offline_access',
        state: 'some-state',
        codeChallenge: 'x'.repeat(43),
        codeChallengeMethod: 'S256',
        prompt: 'login',
        email,
        password,
      },
    })
    const cookie = login.setCookies.map((line) => line.split(';')[0] ?? '').find((pair) => pair.includes('session='))
    const headers = { cookie: String(cookie) }
    expect((await send(`${there.url}/v1/sessions/current`, { headers })).status).toBe(200)
    expect(
      (
        await send(`${here.url}/v1/sessions/current`, {
          method: 'DELETE',
          headers: { ...headers, origin: here.url, 'sec-fetch-site': 'same-origin' },
        })
      ).status,
    ).toBe(204)
    expect((await send(`${there.url}/v1/sessions/current`, { headers })).status).toBe(401)
  }
})
