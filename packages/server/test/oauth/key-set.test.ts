import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signedInMember, visitorTokens } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

test('the plain key set has public keys only, each with a name, and may be kept for five minutes', async () => {
  const answer = await send(`${server.url}/oauth2/jwks`)
  expect(answer.headers['cache-control']).toBe('public, max-age=300')
  const { keys } = answer.json<{ keys: Record<string, unknown>[] }>()
  expect(keys.map(({ kty, alg }) => `${kty} ${alg}`).sort()).toEqual(['EC ES256', 'RSA RS256'])
  for (const key of keys) {
    expect(key['kid']).toMatch(/./)
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) expect(key).not.toHaveProperty(secret)
  }
})

test('callers with the marker of the official client get the same set in an envelope', async () => {
  const plain = await send(`${server.url}/oauth2/jwks`)
  const marked = await send(`${server.url}/oauth2/jwks`, { headers: { 'x-wix-bi-gateway': 'environment=js-sdk' } })
  expect(marked.status).toBe(200)
  const { body, statusCode, headers } = marked.json<{ body: string; statusCode: number; headers: unknown }>()
  expect(statusCode).toBe(200)
  expect(headers).toEqual([{ key: 'Content-Type', value: 'application/json' }])
  expect(JSON.parse(Buffer.from(body, 'base64').toString('utf8'))).toEqual(plain.json())
  expect(marked.headers['cache-control']).toBe('no-store')
})

test('another implementation verifies our access tokens by the key set alone', async () => {
  const keySet = createLocalJWKSet((await send(`${server.url}/oauth2/jwks`)).json())
  for (const { accessToken } of [await signedInMember(server), await visitorTokens(server)]) {
    const options = {
      issuer: server.url,
      audience: server.url,
      typ: 'at+jwt',
      currentDate: new Date(server.clock.now()),
    }
    await expect(jwtVerify(accessToken, keySet, options)).resolves.toBeDefined()
    const late = { ...options, currentDate: new Date(server.clock.now() + 301_000) }
    await expect(jwtVerify(accessToken, keySet, late)).rejects.toThrow('exp')
  }
})
