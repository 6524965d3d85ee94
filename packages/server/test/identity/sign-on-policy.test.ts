/** The sign-on policy by the identity API. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addApiKey, administer } from '../support/administer.ts'
import { auditOf, refusalOf, violationOf } from '../support/answers.ts'
import { signedInMember, visitorTokens } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const path = '/iam/signon/v1/sign-on-policies'
let server: TestServer
let key: string
beforeEach(async () => {
  server = await startTestServer()
  key = (await addApiKey(server, ['IAM.SIGN_ON_POLICY_READ', 'IAM.SIGN_ON_POLICY_UPDATE'])).key
})
afterEach(() => server.close())

const read = (authorization = key) => send(`${server.url}${path}`, { headers: { authorization } })
const change = (json: unknown, authorization = key) =>
  send(`${server.url}${path}`, { method: 'PATCH', headers: { authorization }, json })

const policy = (requireOwnerApproval: boolean, requireEmailVerification: boolean) => ({
  signOnPolicy: { requireOwnerApproval, requireEmailVerification },
})

test('a new site demands nothing, and both flags are always told', async () => {
  expect((await read()).json()).toEqual(policy(false, false))
  expect((await change({ signOnPolicy: {} })).json()).toEqual(policy(false, false))
})

test('what is left out stays, and so does what a field mask does not name', async () => {
  const step = async (json: unknown) => (await change(json)).json()
  expect(await step({ signOnPolicy: { requireOwnerApproval: true } })).toEqual(policy(true, false))
  expect(await step({ signOnPolicy: { requireEmailVerification: true, requireOwnerApproval: null } })).toEqual(
    policy(true, true),
  )
  const off = { requireOwnerApproval: false, requireEmailVerification: false }
  expect(await step({ signOnPolicy: off, fieldMask: 'requireOwnerApproval' })).toEqual(policy(false, true))
  const on = { requireOwnerApproval: true, requireEmailVerification: true }
  expect(await step({ signOnPolicy: on, fieldMask: { paths: ['signOnPolicy.requireEmailVerification'] } })).toEqual(
    policy(false, true),
  )
  expect(await step({ signOnPolicy: on, fieldMask: ['require_owner_approval'] })).toEqual(policy(true, true))
  expect(await step({ signOnPolicy: off, fieldMask: 'requireOwnerApproval, requireEmailVerification' })).toEqual(
    policy(false, false),
  )
  expect((await read()).json()).toEqual(policy(false, false))
})

test('a field mask that names something else is refused, and nothing changes', async () => {
  for (const fieldMask of ['id', 'requireOwnerApproval,other', ['revision'], { paths: ['signOnPolicy'] }]) {
    const answer = await change({ signOnPolicy: { requireOwnerApproval: true }, fieldMask })
    expect(violationOf(answer)).toBe('400 fieldMask OTHER')
  }
  expect((await read()).json()).toEqual(policy(false, false))
})

test('a change is on record with the key, and one that changes nothing is not', async () => {
  const before = (await auditOf(server)).length
  await change({ signOnPolicy: { requireEmailVerification: true } })
  await change({ signOnPolicy: { requireEmailVerification: true } })
  expect((await auditOf(server)).slice(before)).toMatchObject([
    { event: 'site.settings_changed', actor: { kind: 'api_key' } },
  ])
})

test('changes at once of this and of other settings do not undo each other', async () => {
  await Promise.all([
    change({ signOnPolicy: { requireOwnerApproval: true } }),
    administer(server, 'PATCH', '/site', { settings: { passwordMinimumLength: 12 } }),
    change({ signOnPolicy: { requireEmailVerification: true } }),
  ])
  expect((await read()).json()).toEqual(policy(true, true))
  const { settings } = (await administer(server, 'GET', '/site')).json<{
    settings?: object
    site?: { settings: object }
  }>()
  expect(JSON.stringify(settings ?? (await administer(server, 'GET', '/site')).json())).toContain(
    '"passwordMinimumLength":12',
  )
})

test('it counts for who registers from then on, and puts out nobody who was let in', async () => {
  const member = await signedInMember(server)
  await change({ signOnPolicy: { requireEmailVerification: true } })
  const session = await send(`${server.url}/v1/sessions/current`, { headers: { authorization: member.accessToken } })
  expect(session.status).toBe(200)
  const { sessionToken } = member
  expect(sessionToken).toBeDefined()
})

test('a key without the permission, a member, a visitor and nobody are refused', async () => {
  const reads = (await addApiKey(server, ['IAM.SIGN_ON_POLICY_READ'])).key
  const other = (await addApiKey(server, ['IAM.START'])).key
  expect((await read(reads)).status).toBe(200)
  const asked = { signOnPolicy: { requireOwnerApproval: true } }
  expect(refusalOf(await change(asked, reads))).toBe('403 PERMISSION_DENIED')
  for (const authorization of [
    other,
    (await signedInMember(server)).accessToken,
    (await visitorTokens(server)).accessToken,
  ]) {
    expect(refusalOf(await read(authorization))).toBe('403 PERMISSION_DENIED')
    expect(refusalOf(await change(asked, authorization))).toBe('403 PERMISSION_DENIED')
  }
  expect(refusalOf(await read(''))).toBe('401 UNAUTHENTICATED')
  expect(refusalOf(await change(asked, 'no.good.token'))).toBe('401 UNAUTHENTICATED')
  expect((await read()).json()).toEqual(policy(false, false))
})
