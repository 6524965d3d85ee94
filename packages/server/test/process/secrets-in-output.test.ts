import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exchangeBytes } from '../bad-input/raw-exchange.ts'
import { formOf } from '../support/logout.ts'
import { codeVerifier, password } from '../support/members.ts'
import { type Received, type Sent, send } from '../support/send.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { startChild } from './child.ts'
import { callbackUri, clientIdOf, loginByForm, memberByForm } from './members-of-child.ts'

/** What would forge a line of the log, if it were written as it came. */
const forged = '\r\n{"level":60,"msg":"FORGED"}\n\u2028FORGED\u0085\u001b[31m'
const person = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' }

test('A-03: whatever is done and whatever goes wrong, nothing secret is in either output, in refusals, metrics or the audit log, and no value forges a line', async () => {
  using directory = temporaryDirectory()
  const keyEncryptionKey = Buffer.alloc(32, 'k-e-k-').toString('base64')
  const child = startChild({
    directory: directory.path,
    environment: { ADJOURN_LOG_LEVEL: 'debug', ADJOURN_KEY_ENCRYPTION_KEY: keyEncryptionKey },
  })
  const url = await child.ready
  const administratorKey = /adj_admin_[\w-]{43}/.exec(child.stdout())?.[0] ?? ''
  const secrets = new Set<string>([keyEncryptionKey, password, codeVerifier, administratorKey])
  const clientId = clientIdOf(child)

  /** What is told besides the output: refusals and failures, the metrics and the audit log. */
  const told: string[] = []

  /** Sends a request and keeps every secret that comes back. */
  const ask = async (path: string, sent?: Sent): Promise<Received> => {
    const answer = await send(`${url}${path}`, sent)
    const said = `${answer.text} ${JSON.stringify(answer.headers)}`
    if (answer.status >= 400 && String(answer.headers['content-type']).includes('json')) told.push(said)
    for (const [secret] of said.matchAll(/adj_[a-z]+_[\w.-]{20,}|eyJ[\w-]+\.[\w-]+\.[\w-]+/g)) secrets.add(secret)
    return answer
  }
  const logoutLink = async (accessToken: string) => {
    const prepared = await ask('/headless/v1/redirect-session', {
      headers: { authorization: accessToken },
      json: { logout: { clientId } },
    })
    const { fullUrl } = prepared.json<{ redirectSession: { fullUrl: string } }>().redirectSession
    return fullUrl.slice(url.length)
  }

  /** Everything that a session goes through, with the secrets in headers, bodies, queries and paths. */
  const everyWay = async () => {
    const member = await memberByForm(url, child)
    const { email, accessToken, refreshToken, cookie } = member
    for (const secret of [member.sessionToken, member.cookie.split('=')[1], member.code, accessToken, refreshToken]) {
      secrets.add(String(secret))
    }
    const bearer = { authorization: `Bearer ${accessToken}` }
    await ask('/v2/login', { json: { loginId: { email }, password } })
    await ask('/v1/sessions/current', { headers: bearer })
    await ask('/oauth2/user-info', { headers: bearer })
    await ask('/oauth2/token-info', { json: { token: refreshToken } })
    await ask('/oauth2/token', { json: { grantType: 'refresh_token', refreshToken } })
    await ask('/oauth2/token', { json: { grantType: 'authorization_code', clientId, code: member.code, codeVerifier } })
    await ask('/v2/change-password', { headers: { ...bearer, cookie }, json: { newPassword: password } })
    await ask('/admin/v1/keys', { headers: { authorization: `Bearer ${administratorKey}` } })
    await ask(`/oauth2/authorize?clientId=${clientId}&redirectUri=${callbackUri}&sessionToken=${member.sessionToken}`)
    await ask(`/v1/nowhere/${refreshToken}?token=${accessToken}&password=${encodeURIComponent(password)}`)
    await ask(`/v1/logout/${accessToken}`, { method: 'PUT', body: accessToken })
    await ask(`/v1/%zz${refreshToken}`)
    await ask(`/${refreshToken}${'a'.repeat(9000)}`)
    await exchangeBytes(url, `GET /${accessToken} HTTP/1.1\r\nCookie ${cookie}\r\n\r\n`)
    await exchangeBytes(url, `${refreshToken}\r\n\r\n`)
    await ask('/v1/sessions/current', { headers: { cookie: `${cookie}; ${cookie}` } })
    const asked = await ask('/v1/logout', { headers: { ...person, 'sec-fetch-site': 'cross-site', cookie } })
    if (asked.text.includes('confirmation')) {
      const confirmation = formOf(asked.text).fields['confirmation'] ?? ''
      secrets.add(confirmation)
      await ask('/v1/logout', { headers: { ...person, cookie, origin: url }, form: { confirmation } })
    }
    const other = await loginByForm(url, child, email)
    await ask(await logoutLink(other.accessToken), { headers: person })
    await ask('/v1/sessions', { method: 'DELETE', headers: { authorization: other.accessToken } })
    await ask('/v1/logout', { headers: { authorization: `${accessToken},adj_api_${'x'.repeat(43)}` } })
  }
  await everyWay()

  // The same requests fail where they touch the database, with their errors written to the log.
  const survivor = await memberByForm(url, child)
  for (const secret of [survivor.sessionToken, survivor.cookie.split('=')[1], survivor.code])
    secrets.add(String(secret))
  secrets.add(survivor.accessToken)
  secrets.add(survivor.refreshToken)
  const link = await logoutLink(survivor.accessToken)
  const path = join(directory.path, 'data', 'adjourn.db')
  renameSync(path, `${path}.away`)
  const failing: readonly (readonly [string, Sent])[] = [
    [link, { headers: { ...person, cookie: survivor.cookie } }],
    ['/v1/logout', { headers: { authorization: survivor.accessToken } }],
    ['/v1/sessions/current', { headers: { cookie: survivor.cookie } }],
    ['/oauth2/token', { json: { grantType: 'refresh_token', refreshToken: survivor.refreshToken } }],
    ['/oauth2/token-info', { json: { token: survivor.accessToken } }],
    ['/v2/login', { json: { loginId: { email: survivor.email }, password } }],
    ['/admin/v1/keys/rotate', { method: 'POST', headers: { authorization: `Bearer ${administratorKey}` } }],
  ]
  for (const [address, sent] of failing) expect((await ask(address, sent)).status, address).toBe(503)
  renameSync(`${path}.away`, path)

  // Values that hold line breaks, wherever a value can be.
  const query = String(new URLSearchParams({ clientId: forged, state: forged, postLogoutRedirectUri: forged }))
  for (const [address, sent] of [
    ['/v2/register', { json: { loginId: { email: `${forged}@shop.example` }, password } }],
    ['/v2/register', { json: { loginId: { email: 'forged@shop.example' }, password, profile: { firstName: forged } } }],
    ['/v2/login', { json: { loginId: { email: forged }, password: forged } }],
    [`/v1/logout?${query}`, { headers: { 'user-agent': 'FORGED\tagent', referer: `https://shop.example/?${query}` } }],
    [`/oauth2/authorize?${query}`, { headers: { origin: 'FORGED' } }],
    [`/v1/nowhere${encodeURIComponent(forged)}?${query}`, {}],
    ['/oauth2/token', { json: { grantType: forged, clientId: forged, refreshToken: forged } }],
    ['/oauth2/token-info', { body: forged, headers: { 'content-type': 'application/json' } }],
  ] satisfies readonly (readonly [string, Sent])[]) {
    await ask(address, sent)
  }
  await exchangeBytes(url, `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${forged}\r\n\r\n`)

  const metrics = await ask('/metrics')
  const audit = await ask('/admin/v1/audit?limit=100', { headers: { authorization: `Bearer ${administratorKey}` } })
  for (const { status, text } of [metrics, audit]) {
    expect([status, text.length > 1000]).toEqual([200, true])
    told.push(text)
  }

  child.kill('SIGTERM')
  expect(await child.exited).toEqual({ code: 0, signal: null })
  const stdout = child.stdout()
  const stderr = child.stderr()
  expect(secrets.size).toBeGreaterThan(15)
  expect(stdout.split(administratorKey).length - 1).toBe(1)
  const written = `${stdout.replace(administratorKey, '').replaceAll(password, '')}\n${stderr}`
  for (const secret of secrets) {
    for (const form of formsOf(secret)) expect(written.includes(form), `${form} is in the output`).toBe(false)
  }
  expect(told.length).toBeGreaterThan(20)
  for (const secret of secrets) {
    for (const form of formsOf(secret))
      expect(
        told.find((text) => text.includes(form)),
        form,
      ).toBeUndefined()
  }
  // The one password that may be seen is the example in the printed commands.
  expect(stderr).not.toContain(password)

  const lines = stderr.split('\n').filter((line) => line !== '')
  expect(lines.length).toBeGreaterThan(50)
  for (const line of lines) {
    expect(JSON.parse(line), line).toMatchObject({
      level: expect.any(Number),
      time: expect.any(Number),
      msg: expect.any(String),
    })
    expect(line).not.toMatch(/FORGED|\p{Cc}|\p{Zl}|\p{Zp}/u)
  }
  const refusals = lines.filter((line) => line.includes('A request was refused')).map((line) => JSON.parse(line))
  expect(refusals.length).toBeGreaterThan(10)
  for (const refusal of refusals) {
    expect(refusal).toEqual({
      level: 20,
      time: expect.any(Number),
      pid: expect.any(Number),
      hostname: expect.any(String),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: expect.any(Number),
      code: expect.any(String),
      because: expect.toSatisfy((because: unknown) => because === null || /^[a-z_]+$/.test(String(because))),
      msg: 'A request was refused',
    })
  }
  expect(lines.filter((line) => line.includes('A request could not be served')).length).toBe(failing.length)
})

/** A secret as it stands, percent-encoded, in hexadecimal, and in base64 at each of the three ways it can lie in it. */
function formsOf(secret: string): readonly string[] {
  const inBase64 = [0, 1, 2].flatMap((before) => {
    const text = Buffer.from(`${'.'.repeat(before)}${secret}`).toString('base64')
    // The first and last characters depend on what stands beside.
    const inner = text.slice(before === 0 ? 0 : 4, -4)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
  return [
    secret,
    encodeURIComponent(secret),
    String(new URLSearchParams({ a: secret })).slice(2),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('hex'),
    ...inBase64,
  ]
}
