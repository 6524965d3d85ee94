import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashSecret } from '../../src/domain/secrets.ts'
import type { Storage } from '../../src/ports/storage.ts'
import { administer } from '../support/administer.ts'
import { auditOf, decodeJwt, refusalOf, violationOf } from '../support/answers.ts'
import { day, hour } from '../support/manual-clock.ts'
import { password, registerMember, signedInMember } from '../support/members.ts'
import { presentRefreshToken, register } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestEmulator } from '../support/test-emulator.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

interface Told {
  readonly site: { readonly name: string; readonly revision: string; readonly settings: Record<string, unknown> }
  readonly warnings: readonly string[]
}

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const told = async (at: Pick<TestServer, 'url'>) => (await administer(at, 'GET', '/site')).json<Told>()

async function change(at: Pick<TestServer, 'url'>, json: unknown): Promise<Told> {
  const answer = await administer(at, 'PATCH', '/site', json)
  if (answer.status !== 200) throw new Error(`The change was answered ${answer.status}: ${answer.text}`)
  return answer.json<Told>()
}

const defaults = {
  registration: 'open',
  requireOwnerApproval: false,
  requireEmailVerification: false,
  passwordMinimumLength: 8,
  passwordChangeWithinSeconds: null,
  accessTokenSeconds: 300,
  sessionIdleSeconds: 2_592_000,
  sessionOverallSeconds: 15_552_000,
  sessionsPerMember: 50,
  auditRetentionDays: 400,
  hideUnknownAddresses: false,
  limits: 'kept',
  branding: { displayName: '', color: '#1f4e79', logoUrl: null },
  language: 'en',
  ownerEmail: null,
  developmentOrigins: [],
}

test('the site is told with every setting, durations in seconds', async () => {
  await using fresh = await startTestServer()
  expect(await told(fresh)).toEqual({
    site: {
      id: fresh.service.siteId,
      name: 'My site',
      createdDate: new Date(fresh.clock.now()).toISOString(),
      revision: expect.stringMatching(/^[\w-]{22}$/),
      settings: defaults,
    },
    warnings: [],
  })
})

test('a change is answered with all that holds then, kept, and on record with who made it', async () => {
  await using fresh = await startTestServer()
  const before = await told(fresh)
  const settings = {
    registration: 'closed',
    requireOwnerApproval: true,
    requireEmailVerification: true,
    passwordMinimumLength: 12,
    accessTokenSeconds: 60,
    sessionIdleSeconds: 120,
    sessionOverallSeconds: 86_400,
    auditRetentionDays: 30,
    hideUnknownAddresses: true,
    branding: { displayName: 'The shop', color: '#A0b1C2', logoUrl: 'https://shop.example/logo.svg' },
    language: 'de',
    ownerEmail: 'Owner@shop.example',
    developmentOrigins: ['http://localhost:5173', 'https://preview.shop.example'],
  }
  const answer = await administer(fresh, 'PATCH', '/site', { name: '  The shop ', settings })
  const now = answer.json<Told>()
  expect(now).toMatchObject({ site: { name: 'The shop', settings }, warnings: [] })
  expect(now.site.revision).not.toBe(before.site.revision)
  expect(await told(fresh)).toEqual(now)
  expect((await auditOf(fresh)).at(-1)).toMatchObject({
    event: 'site.settings_changed',
    actor: { kind: 'administrator', id: expect.any(String) },
    requestId: answer.headers['x-wix-request-id'],
  })
})

test.each([
  [{ language: 'fr' }, { ...defaults, language: 'fr' }],
  [{ branding: { color: '#000000' } }, { ...defaults, branding: { ...defaults.branding, color: '#000000' } }],
])('what a change leaves out stays as it is: %j', async (settings, expected) => {
  await using fresh = await startTestServer()
  expect((await change(fresh, { settings })).site).toMatchObject({ name: 'My site', settings: expected })
})

test('an address and a logo are taken away by null', async () => {
  await using fresh = await startTestServer()
  const logoUrl = 'https://shop.example/logo.svg'
  await change(fresh, { settings: { ownerEmail: 'owner@shop.example', branding: { logoUrl } } })
  await change(fresh, { settings: { ownerEmail: null, branding: { logoUrl: null } } })
  expect((await told(fresh)).site.settings).toEqual(defaults)
})

test.each([{}, { settings: {} }, { name: 'My site', settings: { branding: {}, passwordMinimumLength: 8 } }])(
  'a change that changes nothing is a success and not recorded: %j',
  async (json) => {
    const before = await told(server)
    const records = (await auditOf(server)).length
    expect(await change(server, json)).toEqual(before)
    expect(await auditOf(server)).toHaveLength(records)
  },
)

test.each<[unknown, string]>([
  [{ name: '' }, '400 name FORMAT'],
  [{ name: ' \t' }, '400 name FORMAT'],
  [{ name: 'Two\r\nBcc: all@shop.example' }, '400 name FORMAT'],
  [{ name: 'x'.repeat(101) }, '400 name MAX_LENGTH'],
  [{ name: null }, '400 name TYPE'],
  [{ settings: null }, '400 settings TYPE'],
  [{ passwordMinimumLength: 12 }, '400 passwordMinimumLength OTHER UNKNOWN_FIELD'],
  [{ settings: { passwordMinimum: 12 } }, '400 settings.passwordMinimum OTHER UNKNOWN_SETTING'],
  [{ settings: { sessionIdleMs: 3_600_000 } }, '400 settings.sessionIdleMs OTHER UNKNOWN_SETTING'],
  [{ settings: { branding: { colour: '#000000' } } }, '400 settings.branding.colour OTHER UNKNOWN_SETTING'],
  [{ settings: { registration: 'perhaps' } }, '400 settings.registration OTHER'],
  [{ settings: { requireOwnerApproval: 'true' } }, '400 settings.requireOwnerApproval TYPE'],
  [{ settings: { requireEmailVerification: null } }, '400 settings.requireEmailVerification TYPE'],
  [{ settings: { passwordMinimumLength: 7 } }, '400 settings.passwordMinimumLength FORMAT'],
  [{ settings: { passwordMinimumLength: 4 } }, '400 settings.passwordMinimumLength FORMAT'],
  [{ settings: { passwordMinimumLength: 257 } }, '400 settings.passwordMinimumLength OTHER'],
  [{ settings: { passwordMinimumLength: 8.5 } }, '400 settings.passwordMinimumLength TYPE'],
  [{ settings: { accessTokenSeconds: 59 } }, '400 settings.accessTokenSeconds OTHER'],
  [{ settings: { accessTokenSeconds: 14_401 } }, '400 settings.accessTokenSeconds OTHER'],
  [{ settings: { sessionIdleSeconds: 119 } }, '400 settings.sessionIdleSeconds OTHER'],
  [{ settings: { sessionIdleSeconds: 34_560_001 } }, '400 settings.sessionIdleSeconds OTHER'],
  [{ settings: { sessionOverallSeconds: 0 } }, '400 settings.sessionOverallSeconds OTHER'],
  [{ settings: { sessionOverallSeconds: -1 } }, '400 settings.sessionOverallSeconds OTHER'],
  [{ settings: { sessionOverallSeconds: 1e300 } }, '400 settings.sessionOverallSeconds OTHER'],
  [{ settings: { auditRetentionDays: 29 } }, '400 settings.auditRetentionDays OTHER'],
  [{ settings: { auditRetentionDays: 3651 } }, '400 settings.auditRetentionDays OTHER'],
  [{ settings: { branding: { displayName: 'Two\nlines' } } }, '400 settings.branding.displayName FORMAT'],
  [{ settings: { branding: { displayName: 'x'.repeat(101) } } }, '400 settings.branding.displayName MAX_LENGTH'],
  [{ settings: { branding: { color: 'red' } } }, '400 settings.branding.color FORMAT'],
  [{ settings: { branding: { color: '#12345' } } }, '400 settings.branding.color FORMAT'],
  [{ settings: { branding: { color: '#000000;}' } } }, '400 settings.branding.color FORMAT'],
  [{ settings: { branding: { logoUrl: 'http://shop.example/a.png' } } }, '400 settings.branding.logoUrl FORMAT'],
  [{ settings: { branding: { logoUrl: 'javascript:alert(1)' } } }, '400 settings.branding.logoUrl FORMAT'],
  [{ settings: { branding: { logoUrl: 'https://user@shop.example/' } } }, '400 settings.branding.logoUrl FORMAT'],
  [{ settings: { branding: { logoUrl: '' } } }, '400 settings.branding.logoUrl FORMAT'],
  [{ settings: { language: 'deu' } }, '400 settings.language FORMAT'],
  [{ settings: { language: 'EN' } }, '400 settings.language FORMAT'],
  [{ settings: { ownerEmail: 'nobody' } }, '400 settings.ownerEmail FORMAT'],
  [{ settings: { ownerEmail: 'a@shop.example, b@shop.example' } }, '400 settings.ownerEmail FORMAT'],
  [{ settings: { developmentOrigins: 'http://localhost:1' } }, '400 settings.developmentOrigins TYPE'],
  [{ settings: { developmentOrigins: ['*'] } }, '400 settings.developmentOrigins FORMAT'],
  [{ settings: { developmentOrigins: ['http://*.shop.example'] } }, '400 settings.developmentOrigins FORMAT'],
  [{ settings: { developmentOrigins: ['http://localhost:1/'] } }, '400 settings.developmentOrigins FORMAT'],
  [{ settings: { developmentOrigins: ['https://shop.example:443'] } }, '400 settings.developmentOrigins FORMAT'],
  [{ settings: { developmentOrigins: ['http://a.example', 'null'] } }, '400 settings.developmentOrigins FORMAT'],
  [{ settings: { developmentOrigins: Array(51).fill('http://a.example') } }, '400 settings.developmentOrigins OTHER'],
  [
    { settings: { language: 'deu', accessTokenSeconds: 1 } },
    '400 settings.accessTokenSeconds OTHER, settings.language FORMAT',
  ],
])('refused, with nothing changed: %j', async (json, expected) => {
  const before = await told(server)
  const records = (await auditOf(server)).length
  expect(violationOf(await administer(server, 'PATCH', '/site', json))).toBe(expected)
  expect(await told(server)).toEqual(before)
  expect(await auditOf(server)).toHaveLength(records)
})

test('one value that is refused keeps the others of the same change from being made', async () => {
  const before = await told(server)
  const json = { name: 'Another', settings: { language: 'de', ownerEmail: 'nobody' } }
  expect(violationOf(await administer(server, 'PATCH', '/site', json))).toBe('400 settings.ownerEmail FORMAT')
  expect(await told(server)).toEqual(before)
})

test('a change with the revision that was read is refused once somebody else has changed anything', async () => {
  await using fresh = await startTestServer()
  const { revision } = (await told(fresh)).site
  const first = await change(fresh, { settings: { language: 'de' }, revision })
  const late = await administer(fresh, 'PATCH', '/site', { settings: { accessTokenSeconds: 60 }, revision })
  expect(refusalOf(late)).toBe('409 SITE_CHANGED')
  expect(await told(fresh)).toEqual(first)
  const again = await change(fresh, { settings: { accessTokenSeconds: 60 }, revision: first.site.revision })
  expect(again.site.settings).toEqual({ ...defaults, language: 'de', accessTokenSeconds: 60 })
  // Back at what it was, the site is at the revision that it had: what counts is what it says.
  const back = await change(fresh, { settings: { language: 'en', accessTokenSeconds: 300 } })
  expect(back.site.revision).toBe(revision)
})

test('changes of several settings at the same instant are all kept', async () => {
  await using fresh = await startTestServer()
  await Promise.all([
    change(fresh, { settings: { language: 'de' } }),
    change(fresh, { settings: { branding: { color: '#000000' } } }),
    change(fresh, { settings: { branding: { displayName: 'Shop' } } }),
    change(fresh, { name: 'The shop' }),
  ])
  expect((await told(fresh)).site).toMatchObject({
    name: 'The shop',
    settings: { ...defaults, language: 'de', branding: { displayName: 'Shop', color: '#000000', logoUrl: null } },
  })
})

test('a change that others overtake again and again is given up, and nothing of it is made', async () => {
  const replaceSettings: Storage['replaceSettings'] = async () => ({ outcome: 'changed' })
  await using fresh = await startTestServer({ decorateStorage: (storage) => ({ ...storage, replaceSettings }) })
  const answer = await administer(fresh, 'PATCH', '/site', { settings: { language: 'de' } })
  expect(refusalOf(answer)).toBe('409 SITE_CHANGED')
})

test('S-03: a limit above the default is answered with a warning that names it, one below is nobody’s business', async () => {
  await using fresh = await startTestServer()
  const lower = { sessionIdleSeconds: 3600, sessionOverallSeconds: 7200, accessTokenSeconds: 60 }
  expect((await change(fresh, { settings: lower })).warnings).toEqual([])
  const seconds = day / 1000
  const higher = { sessionIdleSeconds: 31 * seconds, sessionOverallSeconds: 400 * seconds, accessTokenSeconds: 601 }
  const { warnings } = await change(fresh, { settings: higher })
  expect(warnings).toEqual([
    'Sessions may be idle for 31 days, longer than the default of 30 days',
    'Sessions may last 400 days, longer than the default of 180 days',
    expect.stringMatching(/^Access tokens live 601 s: /),
  ])
  expect((await told(fresh)).warnings).toEqual(warnings)
})

test('S-03: a lower limit counts for sessions that begin after it; those that live keep theirs', async () => {
  await using fresh = await startTestServer()
  const before = await signedInMember(fresh)
  await change(fresh, { settings: { sessionIdleSeconds: 3600 } })
  const after = await signedInMember(fresh)
  const isLive = async (cookie: string) =>
    (await send(`${fresh.url}/v1/sessions/current`, { headers: { cookie } })).status === 200
  fresh.clock.advance(hour - 1)
  expect([await isLive(before.cookie), await isLive(after.cookie)]).toEqual([true, true])
  await fresh.quiet()
  fresh.clock.advance(hour)
  expect([await isLive(before.cookie), await isLive(after.cookie)]).toEqual([true, false])
})

test('settings count from the next request on: registration, the floor for passwords, the life of access tokens', async () => {
  await using fresh = await startTestServer()
  const tried = (email: string) => register(fresh, { loginId: { email }, password })
  await change(fresh, { settings: { passwordMinimumLength: password.length + 1 } })
  expect(violationOf(await tried('short@shop.example'))).toBe('400 password MIN_LENGTH')
  await change(fresh, { settings: { passwordMinimumLength: password.length } })
  expect((await tried('long@shop.example')).status).toBe(200)
  await change(fresh, { settings: { registration: 'closed' } })
  expect(refusalOf(await tried('late@shop.example'))).toBe('403 REGISTRATION_CLOSED')
  await change(fresh, { settings: { registration: 'open', accessTokenSeconds: 60 } })
  const { refreshToken } = await signedInMember(fresh)
  const refreshed = (await presentRefreshToken(fresh, refreshToken)).json<{
    access_token: string
    expires_in: number
  }>()
  expect(refreshed.expires_in).toBe(60)
  const { exp, iat } = decodeJwt(refreshed.access_token).claims
  expect(Number(exp) - Number(iat)).toBe(60)
})

test('scripts of a development origin may call the API as long as it is in the settings', async () => {
  await using fresh = await startTestServer()
  const origin = 'http://localhost:5173'
  const allowed = async (from: string) =>
    (await send(`${fresh.url}/oauth2/jwks`, { headers: { origin: from } })).headers['access-control-allow-origin']
  expect(await allowed(origin)).toBeUndefined()
  await change(fresh, { settings: { developmentOrigins: [origin] } })
  expect(await allowed(origin)).toBe(origin)
  expect(await allowed('http://localhost:5174')).toBeUndefined()
  await change(fresh, { settings: { developmentOrigins: [] } })
  expect(await allowed(origin)).toBeUndefined()
})

test('no setting is a way to end or revive anybody', async () => {
  await using fresh = await startTestServer()
  const member = await signedInMember(fresh)
  await change(fresh, {
    settings: { registration: 'closed', requireOwnerApproval: true, requireEmailVerification: true },
  })
  expect((await send(`${fresh.url}/v1/sessions/current`, { headers: { cookie: member.cookie } })).status).toBe(200)
})

test('an emulator takes a floor of four for passwords, and no lower one', async () => {
  await using emulator = await startTestEmulator()
  const authorization = 'Bearer adj_admin_of_the_emulator_that_everybody_knows'
  const patch = (settings: unknown) =>
    send(`${emulator.url}/admin/v1/site`, { method: 'PATCH', json: { settings }, headers: { authorization } })
  expect((await patch({ passwordMinimumLength: 8 })).status).toBe(200)
  expect((await patch({ passwordMinimumLength: 4 })).status).toBe(200)
  expect(violationOf(await patch({ passwordMinimumLength: 3 }))).toBe('400 settings.passwordMinimumLength FORMAT')
  await registerMember(emulator)
})

test('a key that only reads sees the site and changes nothing; one that supports changes nothing either', async () => {
  await using fresh = await startTestServer()
  const before = await told(fresh)
  for (const role of ['read_only', 'support']) {
    const key = `adj_admin_of_${role}_0123456789012345678901234567890`
    fresh.database
      .prepare('INSERT INTO administrator_key (id, site_id, hash, created_at, name, role) VALUES (?, ?, ?, 0, ?, ?)')
      .run(role, fresh.service.siteId, hashSecret(key), role, role)
    const headers = { authorization: `Bearer ${key}` }
    expect((await send(`${fresh.url}/admin/v1/site`, { headers })).json()).toEqual(before)
    const patch = { method: 'PATCH', json: { settings: { language: 'de' } }, headers }
    expect(refusalOf(await send(`${fresh.url}/admin/v1/site`, patch))).toBe('403 PERMISSION_DENIED')
  }
  const nobody = await send(`${fresh.url}/admin/v1/site`, { method: 'PATCH', json: { name: 'Mine' } })
  expect(refusalOf(nobody)).toBe('401 UNAUTHENTICATED')
  expect(await told(fresh)).toEqual(before)
})

test('a change that cannot be stored is answered 503, and the settings are what they were', async () => {
  await using fresh = await startTestServer()
  const before = await told(fresh)
  fresh.database.exec(`
    CREATE TEMP TRIGGER no_audit BEFORE INSERT ON main.audit BEGIN SELECT RAISE(ABORT, 'broken by the test'); END`)
  const answer = await administer(fresh, 'PATCH', '/site', { settings: { language: 'de' } })
  expect([answer.status, Number(answer.headers['retry-after']) > 0]).toEqual([503, true])
  fresh.database.exec('DROP TRIGGER temp.no_audit')
  expect(await told(fresh)).toEqual(before)
})
