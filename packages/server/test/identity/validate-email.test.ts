import { afterAll, beforeAll, expect, test } from 'vitest'
import { violationOf, violationsOf } from '../support/answers.ts'
import { registerMember } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const validate = (json: unknown) => send(`${server.url}/v2/validate-email`, { json })

test.each(['ada@shop.example', 'Ada+tag@sub.shop.example', 'jürgen@müller.example'])('%s is valid', async (email) => {
  expect((await validate({ email })).json()).toEqual({ valid: true, formatInvalid: false })
})

test.each([
  '',
  'x',
  'x@',
  '@x.example',
  'x@x',
  'x@x..example',
  'a b@x.example',
  '"a"@x.example',
  'x@1.2.3.4',
  'x@x.example.',
])('%j is not valid', async (email) => {
  const answer = await validate({ email })
  expect(answer.status).toBe(200)
  expect(answer.json()).toEqual({
    valid: false,
    formatInvalid: true,
    failure: { reason: 'EMAIL_DOMAIN_FORMAT_INVALID' },
  })
})

test('a registered address and a free one are answered with the same bytes', async () => {
  const { email } = await registerMember(server)
  expect((await validate({ email })).text).toBe((await validate({ email: 'free@shop.example' })).text)
})

test.each([
  ['no address', {}, '400 email REQUIRED_FIELD'],
  ['a null address', { email: null }, '400 email TYPE'],
  ['an address that is a list', { email: [] }, '400 email TYPE'],
  ['an address of 255 characters', { email: 'x'.repeat(255) }, '400 email MAX_LENGTH'],
])('a request with %s is refused', async (_what, json, expected) => {
  const answer = await validate(json)
  expect(violationOf(answer)).toBe(expected)
  expect(violationsOf(answer)[0]?.data).toEqual({})
})
