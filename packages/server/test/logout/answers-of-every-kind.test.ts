/** What holds for every answer of every route that ends sessions: its headers, its addresses, its redirects. */
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FailingStorage } from '../support/failing-storage.ts'
import { startHttpsServer } from '../support/https-server.ts'
import { clientMarker, logoutLink, navigation, secretOf, sendLogout } from '../support/logout.ts'
import { signedInMember } from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const faults = new FailingStorage()
let server: TestServer
let https: TestServer
beforeAll(async () => {
  ;[server, https] = await Promise.all([
    startTestServer({ decorateStorage: faults.decorate }),
    startHttpsServer({ decorateStorage: faults.decorate }),
  ])
})
afterAll(async () => {
  await Promise.all([server.close(), https.close()])
})

interface Collected {
  readonly answers: readonly (readonly [name: string, answer: Received])[]
  /** Every secret that somebody could have put into an address. */
  readonly secrets: readonly string[]
}

/** One answer of each kind that logging out can have. */
async function everyAnswer(on: TestServer): Promise<Collected> {
  const members = await Promise.all(Array.from({ length: 6 }, () => signedInMember(on)))
  const [one, two, three, four, five, six] = members
  if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error('No member')
  if (five === undefined || six === undefined) throw new Error('No member')
  const redirect = { clientId: on.client.id, postLogoutRedirectUri: 'https://shop.example/bye' }
  const { url } = await logoutLink(on, five.accessToken, { postFlowUrl: 'https://shop.example/bye' })
  const link = url.replace(/^https?:\/\/[^/]+/, on.url)
  const foreign = { clientId: on.client.id, postLogoutRedirectUri: 'https://evil.example/' }
  const answers: (readonly [string, Received])[] = []
  const add = async (name: string, answer: Promise<Received>) => void answers.push([name, await answer])

  await add('question', sendLogout(on, redirect, { headers: navigation('cross-site', one.cookie) }))
  await add(
    'refused confirmation',
    sendLogout(on, redirect, { headers: { ...navigation('same-origin', one.cookie) }, form: { confirmation: 'x' } }),
  )
  await add('refused page', sendLogout(on, foreign, { headers: navigation('cross-site', one.cookie) }))
  await add('refused envelope', sendLogout(on, foreign, { headers: { authorization: one.accessToken } }))
  await add('repetition', sendLogout(on, {}, { headers: navigation('cross-site'), form: redirect }))
  await add('prefetch', sendLogout(on, {}, { headers: { ...navigation('none', one.cookie), purpose: 'prefetch' } }))
  await add(
    'disbelieved cookie',
    sendLogout(on, {}, { headers: { cookie: one.cookie, 'sec-fetch-site': 'cross-site' } }),
  )
  await add('wrong method', send(`${on.url}/v1/logout`, { method: 'PUT' }))
  await add('wrong body', sendLogout(on, {}, { headers: { 'content-type': 'text/plain' }, body: 'x' }))
  await add(
    'unreadable page request',
    send(`${on.url}/v1/logout?clientId=1&clientId=2`, { headers: navigation('none') }),
  )
  await add(
    'preflight',
    send(`${on.url}/v1/logout`, { method: 'OPTIONS', headers: { origin: 'https://shop.example' } }),
  )
  for (const outcome of ['nothing_happened', 'unknown'] as const) {
    faults.reject(outcome, 'endSessions')
    await add(`failed page, ${outcome}`, sendLogout(on, redirect, { headers: navigation('same-origin', one.cookie) }))
    await add(`failed envelope, ${outcome}`, sendLogout(on, {}, { headers: { authorization: one.accessToken } }))
    await add(
      `failed delete, ${outcome}`,
      send(`${on.url}/v1/sessions`, { method: 'DELETE', headers: { authorization: one.accessToken } }),
    )
    faults.mend()
  }
  await add('link', send(link, { headers: navigation('cross-site') }))
  await add('used link', send(link, { headers: navigation('cross-site') }))
  await add('page', sendLogout(on, {}, { headers: navigation('same-origin', one.cookie) }))
  await add('page again', sendLogout(on, {}, { headers: navigation('same-origin', one.cookie) }))
  await add('page for nobody', sendLogout(on, {}, { headers: navigation('none') }))
  await add('redirect', sendLogout(on, redirect, { headers: navigation('same-origin', two.cookie) }))
  await add('envelope', sendLogout(on, {}, { headers: { ...clientMarker, authorization: three.accessToken } }))
  await add('envelope with a redirect', sendLogout(on, redirect, { headers: { authorization: three.accessToken } }))
  await add('check', send(`${on.url}/v1/sessions/current`, { headers: { cookie: four.cookie } }))
  await add('failed check', send(`${on.url}/v1/sessions/current`, { headers: { cookie: one.cookie } }))
  await add(
    'delete current',
    send(`${on.url}/v1/sessions/current`, { method: 'DELETE', headers: { authorization: four.accessToken } }),
  )
  await add(
    'delete all',
    send(`${on.url}/v1/sessions`, { method: 'DELETE', headers: { authorization: six.accessToken } }),
  )
  const secrets = members.flatMap((member) => [
    secretOf(member.cookie),
    member.accessToken,
    member.refreshToken,
    member.sessionToken,
  ])
  return { answers, secrets }
}

describe.each(['http', 'https'])('over %s', (scheme) => {
  let collected: Collected
  beforeAll(async () => {
    collected = await everyAnswer(scheme === 'https' ? https : server)
  })

  test('the answers are of every status that was meant', () => {
    const statuses = new Set(collected.answers.map(([, { status }]) => status))
    expect([...statuses].toSorted()).toEqual([200, 204, 302, 303, 400, 401, 403, 405, 415, 503])
    expect(collected.answers.length).toBeGreaterThan(25)
  })

  test('H-03: nothing is sniffed, stored or passed on as a referrer', () => {
    for (const [name, { headers, text }] of collected.answers) {
      expect(headers['x-content-type-options'], name).toBe('nosniff')
      expect(headers['cache-control'], name).toBe('no-store')
      expect(headers['referrer-policy'], name).toBe(text.includes('<form') ? 'same-origin' : 'no-referrer')
      expect(headers['x-wix-request-id'], name).toMatch(/^[0-9a-f-]{36}$/)
      expect(headers, name).not.toHaveProperty('x-wix-consistent')
    }
  })

  test('H-01: under https every answer says that it stays https; a loopback address says nothing of it', () => {
    const policy = scheme === 'https' ? 'max-age=31536000' : undefined
    for (const [name, { headers }] of collected.answers) {
      expect(headers['strict-transport-security'], name).toBe(policy)
    }
  })

  test('H-02, H-03: every page keeps to itself', () => {
    const pages = collected.answers.filter(([, { text }]) => text.startsWith('<!doctype html>'))
    expect(pages.length).toBeGreaterThan(10)
    for (const [name, { headers }] of pages) {
      expect(headers['content-type'], name).toBe('text/html; charset=utf-8')
      expect(headers['cross-origin-opener-policy'], name).toBe('same-origin')
      expect(headers['x-frame-options'], name).toBe('DENY')
      const policy = String(headers['content-security-policy'])
      for (const directive of [
        "default-src 'none'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
      ]) {
        expect(policy, name).toContain(directive)
      }
      expect(policy, name).toMatch(/form-action 'self'(?: https:\/\/shop\.example)?;/)
      expect(policy, name).not.toMatch(/unsafe|\*/)
    }
  })

  test('R-06: no redirect keeps the method of the request', () => {
    const redirects = collected.answers.filter(([, { status }]) => status >= 300 && status < 400)
    expect(new Set(redirects.map(([, { status }]) => status))).toEqual(new Set([302, 303]))
    for (const [name, { status, headers }] of collected.answers) {
      expect('location' in headers, name).toBe(status === 302 || status === 303)
    }
  })

  test('H-08: no answer names a session or a token, in an address or anywhere else', () => {
    for (const [name, { text, headers }] of collected.answers) {
      const inside = /"body":"([^"]*)"/.exec(text)?.[1] ?? ''
      const whole = `${JSON.stringify(headers)} ${text} ${Buffer.from(inside, 'base64').toString('utf8')}`
      for (const secret of collected.secrets) expect(whole.includes(secret), name).toBe(false)
      expect(whole, name).not.toMatch(/adj_(?:session|refresh|code|ticket|visitor|admin|api)_/)
      expect(whole, name).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/)
    }
  })

  test('A-03, H-08: nor does the log, not even the ticket of a link', () => {
    const log = (scheme === 'https' ? https : server).log.join('')
    for (const secret of collected.secrets) expect(log.includes(secret)).toBe(false)
    expect(log).not.toMatch(/adj_[a-z]+_[\w-]{20}/)
  })
})

test('H-08: the address of a logout link holds the one-time ticket and no other secret', async () => {
  const member = await signedInMember(server)
  const { url, ticket } = await logoutLink(server, member.accessToken, { postFlowUrl: 'https://shop.example/' })
  expect(ticket).toMatch(/^adj_logout_[\w-]{43}$/)
  expect([...new URL(url).searchParams.keys()]).toEqual(['clientId', 'postLogoutRedirectUri', 'logoutTicket'])
  expect(url).not.toContain(secretOf(member.cookie))
})

test('R-06: no line of the code speaks of 307 or 308', async () => {
  const source = join(import.meta.dirname, '../../src')
  const found: string[] = []
  let files = 0
  for await (const file of glob('**/*.ts', { cwd: source })) {
    files += 1
    for (const line of readFileSync(join(source, file), 'utf8').split('\n')) {
      if (/(?<![\d.])30[78](?!\d)/.test(line)) found.push(`${file}: ${line.trim()}`)
      // The framework's default status could be hidden behind this.
      if (/\breply\.redirect\(/.test(line)) found.push(`${file}: ${line.trim()}`)
    }
  }
  expect(files).toBeGreaterThan(100)
  expect(found).toEqual([])
})
