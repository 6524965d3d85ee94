import type { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { hashSecret } from '../../src/domain/secrets.ts'
import { locationOf } from '../support/answers.ts'
import {
  authorizeWithCookie,
  authorizeWithTicket,
  cookieOf,
  exchange,
  loginByForm,
  loginTicket,
  password,
  registerMember,
  visitorTokens,
} from '../support/members.ts'
import { authorize, changePassword, presentCode, presentRefreshToken } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { administratorKey, startTestServer } from '../support/test-server.ts'

/** Every value of every row of every table, as bytes. */
function bytesOf(database: DatabaseSync): Buffer {
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
  const parts: Buffer[] = []
  for (const { name } of tables) {
    for (const row of database.prepare(`SELECT * FROM "${String(name)}"`).all()) {
      for (const value of Object.values(row)) {
        parts.push(value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value)), Buffer.from('\n'))
      }
    }
  }
  return Buffer.concat(parts)
}

/** A secret in every form in which somebody might store it. */
function spellingsOf(secret: string): Readonly<Record<string, Buffer>> {
  const body = secret.replace(/^adj_[a-z]+_/, '')
  const bits = Buffer.from(body.replace(/^.*\./, ''), 'base64url')
  const spelled: Record<string, Buffer> = {}
  for (const [name, bytes] of Object.entries({ secret: Buffer.from(secret), body: Buffer.from(body), bits })) {
    spelled[`${name} as it is`] = bytes
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      spelled[`${name} in ${encoding}`] = Buffer.from(bytes.toString(encoding).replace(/=+$/, ''))
    }
    spelled[`${name} in upper-case hex`] = Buffer.from(bytes.toString('hex').toUpperCase())
    spelled[`${name} percent-encoded`] = Buffer.from(encodeURIComponent(bytes.toString('latin1')))
  }
  return spelled
}

test('T-16: after a run through every flow, no secret that was issued is in the database in any spelling', async () => {
  await using server = await startTestServer()
  const secrets = new Map<string, string>([['administrator key', administratorKey]])
  const keep = (name: string, secret: string | undefined) => {
    if (secret === undefined || secret === '') throw new Error(`There is no ${name}`)
    secrets.set(name, secret)
  }
  const secretOf = (cookie: string | undefined) => cookie?.replace('adjourn_session=', '')

  const visitor = await visitorTokens(server)
  keep('visitor access token', visitor.accessToken)
  keep('visitor refresh token', visitor.refreshToken)

  const { email, sessionToken } = await registerMember(server)
  keep('password', password)
  keep('unused ticket', await loginTicket(server, email))
  keep('used ticket', sessionToken)
  const { code, cookie = '' } = await authorizeWithTicket(server, sessionToken)
  keep('used code', code)
  keep('cookie of a ticket', secretOf(cookie))
  keep('unused code', await authorizeWithCookie(server, cookie))
  const tokens = await exchange(server, code)
  keep('access token', tokens.accessToken)
  keep('refresh token', tokens.refreshToken)
  await presentRefreshToken(server, tokens.refreshToken)

  const rotating = await server.addClient({ refreshTokenPolicy: 'rotating' })
  const first = await exchange(server, await authorizeWithCookie(server, cookie, rotating), rotating)
  keep('spent refresh token', first.refreshToken)
  const second = await presentRefreshToken(server, first.refreshToken, { clientId: rotating.id })
  keep('successor of a refresh token', second.json<Record<string, string>>()['refresh_token'])

  const plainForm = await loginByForm(server, email)
  keep('cookie of the form', secretOf(plainForm))
  keep(
    'cookie of a member who stays signed in',
    secretOf(await loginByForm(server, email, { cookie: plainForm, remember: true })),
  )

  for (const authorization of [tokens.accessToken, visitor.accessToken]) {
    const prepared = await send(`${server.url}/headless/v1/redirect-session`, {
      headers: { authorization },
      json: { logout: { clientId: server.client.id } },
    })
    const ticket = new URL(prepared.json<{ redirectSession: { fullUrl: string } }>().redirectSession.fullUrl)
    keep(`logout ticket ${secrets.size}`, ticket.searchParams.get('logoutTicket') ?? '')
    if (authorization === visitor.accessToken) await send(ticket.href)
  }

  const changed = await send(`${server.url}/v2/change-password`, {
    headers: { authorization: tokens.accessToken, cookie },
    json: { newPassword: 'quite another passphrase' },
  })
  keep('new password', 'quite another passphrase')
  keep('cookie after a change of password', secretOf(cookieOf(changed.setCookies)))
  await changePassword(server, tokens.accessToken, 'a third passphrase of ada')
  keep('third password', 'a third passphrase of ada')

  const late = await authorizeWithTicket(server, (await registerMember(server)).sessionToken)
  await exchange(server, late.code)
  await presentCode(server, late.code)
  keep('code that was used twice', late.code)
  const refused = await authorize(server, { sessionToken, state: 'x' })
  expect(locationOf(refused).searchParams.get('error')).toBe('login_required')

  expect(secrets.size).toBeGreaterThan(20)
  const database = bytesOf(server.database)
  const found: string[] = []
  for (const [name, secret] of secrets) {
    for (const [how, bytes] of Object.entries(spellingsOf(secret))) {
      // Short texts are found anywhere by chance; none of ours is short.
      if (bytes.length < 8) throw new Error(`${name} is too short to look for`)
      if (database.includes(bytes)) found.push(`${name}: ${how}`)
    }
  }
  expect(found).toEqual([])

  // The search finds what is there: the hash of what is kept.
  for (const name of ['administrator key', 'used code', 'unused ticket', 'refresh token', 'spent refresh token']) {
    expect(database.includes(Buffer.from(hashSecret(secrets.get(name) ?? '')))).toBe(true)
  }
  // Neither is it in what was logged.
  const log = Buffer.from(server.log.join('\n'))
  for (const [name, secret] of secrets) {
    for (const [how, bytes] of Object.entries(spellingsOf(secret)))
      expect([name, how, log.includes(bytes)]).toEqual([name, how, false])
  }
})
