import { expect, test } from 'vitest'
import { refusalOf } from '../support/answers.ts'
import { readMetrics } from '../support/metrics.ts'
import { send } from '../support/send.ts'
import { administratorKey, startTestServer } from '../support/test-server.ts'

const token = 'a token of thirty-two characters and more'.replaceAll(' ', '-')

test('on a loopback address under a loopback base URL metrics are there for everybody who reaches them', async () => {
  await using server = await startTestServer()
  expect((await readMetrics(server)).size).toBeGreaterThan(10)
})

test.each([
  ['the base URL is one of the internet', { ADJOURN_BASE_URL: 'https://login.shop.example' }],
  ['other machines can reach it', { ADJOURN_HOST: '0.0.0.0', ADJOURN_BASE_URL: 'http://127.0.0.1:1' }],
])('where %s, metrics are not there until a token is set', async (_why, environment) => {
  await using server = await startTestServer({ environment: { ...environment, ADJOURN_PORT: '0' } })
  const { port } = server
  const address = `http://127.0.0.1:${port}/metrics`
  for (const headers of [{}, { authorization: `Bearer ${administratorKey}` }, { 'x-forwarded-for': '127.0.0.1' }]) {
    const answer = await send(address, { headers })
    expect(refusalOf(answer)).toBe('404 NOT_FOUND')
  }
})

test('a token lets whoever presents it read, and nobody else, also from the same machine', async () => {
  await using server = await startTestServer({
    environment: { ADJOURN_METRICS_TOKEN: token, ADJOURN_BASE_URL: 'https://login.shop.example' },
  })
  const at = { url: `http://127.0.0.1:${server.port}` }
  expect((await readMetrics(at, { headers: { authorization: `Bearer ${token}` } })).size).toBeGreaterThan(10)
  for (const authorization of [
    undefined,
    '',
    'Bearer ',
    token,
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -1)}`,
    `bearer  ${token}`,
    `Basic ${token}`,
    `Bearer ${administratorKey}`,
  ]) {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    const answer = await send(`${at.url}/metrics`, { headers })
    expect(refusalOf(answer), authorization).toBe('401 UNAUTHENTICATED')
    expect(answer.text).not.toContain('adjourn_')
  }
})

test('metrics are read and nothing else, by no script of any origin', async () => {
  await using server = await startTestServer({ environment: { ADJOURN_DEVELOPMENT_ORIGINS: '*' } })
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const answer = await send(`${server.url}/metrics`, { method })
    expect([refusalOf(answer), answer.headers['allow']]).toEqual(['405 METHOD_NOT_ALLOWED', 'GET, HEAD'])
  }
  const answer = await send(`${server.url}/metrics`, { headers: { origin: 'https://shop.example' } })
  expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  expect([answer.headers['cache-control'], answer.headers['x-content-type-options']]).toEqual(['no-store', 'nosniff'])
})
