/** The session cookie: how it is set, removed, read, and what it is worth once its session is over. */
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cookieRemovals, sessionCookie, sessionCookieName } from '../../src/http/cookies/registry.ts'
import { Barriers } from '../support/barriers.ts'
import { startHttpsServer } from '../support/https-server.ts'
import { endsOnRecord, headingOf, isAccepted, navigation, secretOf, sendLogout } from '../support/logout.ts'
import { day, hour } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeQuery,
  authorizeWithCookie,
  exchange,
  loginByForm,
  loginTicket,
  password,
  registerMember,
  signedInMember,
} from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let https: TestServer
beforeAll(async () => {
  ;[server, https] = await Promise.all([startTestServer(), startHttpsServer()])
})
afterAll(async () => {
  await Promise.all([server.close(), https.close()])
})

/** Name, value and the attributes of a `Set-Cookie`, in order. */
function parts(setCookie: string | undefined) {
  const [pair = '', ...attributes] = (setCookie ?? '').split('; ')
  const equals = pair.indexOf('=')
  return { name: pair.slice(0, equals), value: pair.slice(equals + 1), attributes }
}

/** Every answer that sets a cookie: by ticket, by the form with and without "stay signed in", by a password change. */
async function answersThatSetCookies(on: TestServer): Promise<readonly Received[]> {
  const { email, sessionToken } = await registerMember(on)
  const byTicket = await send(`${on.url}/oauth2/authorize?${authorizeQuery(on.client, { sessionToken })}`)
  const forms = await Promise.all(
    [{}, { remember: 'yes' }].map((more) =>
      send(`${on.url}/oauth2/authorize`, {
        headers: { 'sec-fetch-site': 'same-origin' },
        form: {
          ...Object.fromEntries(new URLSearchParams(authorizeQuery(on.client, { prompt: 'login' }))),
          email,
          password,
          ...more,
        },
      }),
    ),
  )
  const member = await signedInMember(on)
  const changed = await send(`${on.url}/v2/change-password`, {
    headers: { authorization: member.accessToken, cookie: member.cookie },
    json: { newPassword: 'another long passphrase of ada' },
  })
  return [byTicket, ...forms, changed]
}

describe('C-01, C-07: how it is set', () => {
  test('under https: a __Host- name, Secure, HttpOnly, Path=/, SameSite=Lax, no Domain', async () => {
    for (const { setCookies } of await answersThatSetCookies(https)) {
      expect(setCookies).toHaveLength(1)
      const { name, attributes } = parts(setCookies[0])
      expect(name).toBe('__Host-adjourn_session')
      const withoutAge = attributes.filter((attribute) => !attribute.startsWith('Max-Age='))
      expect(withoutAge).toEqual(['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax'])
    }
  })

  test('on an http loopback address: the same without the prefix and Secure, which browsers refuse there', async () => {
    for (const { setCookies } of await answersThatSetCookies(server)) {
      expect(setCookies).toHaveLength(1)
      const { name, attributes } = parts(setCookies[0])
      expect(name).toBe('adjourn_session')
      const withoutAge = attributes.filter((attribute) => !attribute.startsWith('Max-Age='))
      expect(withoutAge).toEqual(['Path=/', 'HttpOnly', 'SameSite=Lax'])
    }
  })

  test('for as long as the browser runs, unless the member asked to stay signed in', async () => {
    const ages = (await answersThatSetCookies(https)).map(({ setCookies }) =>
      parts(setCookies[0]).attributes.filter((attribute) => /^(?:Max-Age|Expires)=/.test(attribute)),
    )
    expect(ages).toEqual([[], [], [`Max-Age=${180 * 24 * 60 * 60}`], []])
  })

  test('a renewed cookie is kept for what is left of the session, not for its whole length again', async () => {
    const { email } = await registerMember(server)
    const cookie = await loginByForm(server, email, { remember: true })
    server.clock.advance(10 * day)
    const { accessToken } = await exchange(server, await authorizeWithCookie(server, cookie))
    const changed = await send(`${server.url}/v2/change-password`, {
      headers: { authorization: accessToken, cookie },
      json: { newPassword: 'another long passphrase of ada' },
    })
    expect(parts(changed.setCookies[0]).attributes).toContain(`Max-Age=${170 * 24 * 60 * 60}`)
  })

  test('expiry is not left to the browser: an overdue cookie is refused, also one that was to be kept', async () => {
    const { email } = await registerMember(server)
    const cookie = await loginByForm(server, email, { remember: true })
    for (let used = 0; used < 179; used += 20) {
      expect(await isAccepted(server, { cookie })).toBe(true)
      await server.quiet()
      server.clock.advance(20 * day)
    }
    expect(await isAccepted(server, { cookie })).toBe(false)
  })
})

test('C-06: it holds 256 random bits behind a prefix and nothing else, far below 4096 bytes', async () => {
  const values = new Set<string>()
  for (const { setCookies } of [...(await answersThatSetCookies(https)), ...(await answersThatSetCookies(https))]) {
    const { name, value } = parts(setCookies[0])
    expect(value).toMatch(/^adj_session_[A-Za-z0-9_-]{43}$/)
    expect(name.length + value.length).toBeLessThan(100)
    values.add(value)
  }
  expect(values.size).toBe(8)
})

describe('C-02, C-03: how it is removed', () => {
  test('logout removes every cookie ever set, once each, with the attributes it was set with', async () => {
    expect(cookieRemovals).toEqual([
      '__Host-adjourn_session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
      'adjourn_session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
    ])
    for (const on of [server, https]) {
      const { cookie } = await signedInMember(on)
      expect((await sendLogout(on, {}, { headers: navigation('same-origin', cookie) })).setCookies).toEqual(
        cookieRemovals,
      )
    }
  })

  test('each cookie that is set has a removal that differs in value and age alone', async () => {
    for (const { setCookies } of [...(await answersThatSetCookies(server)), ...(await answersThatSetCookies(https))]) {
      const set = parts(setCookies[0])
      const removal = cookieRemovals.map(parts).find(({ name }) => name === set.name)
      const lasting = (attributes: readonly string[]) => attributes.filter((one) => !/^(?:Max-Age|Expires)=/.test(one))
      expect(removal?.value).toBe('')
      expect(lasting(removal?.attributes ?? [])).toEqual(lasting(set.attributes))
    }
  })

  test('C-03: nothing in the code writes a cookie but by the registry', async () => {
    const source = join(import.meta.dirname, '../../src')
    const writes: string[] = []
    for await (const file of glob('**/*.ts', { cwd: source })) {
      if (file.endsWith('.test.ts') || file === join('http', 'cookies', 'registry.ts')) continue
      for (const line of readFileSync(join(source, file), 'utf8').split('\n')) {
        const isComment = /^\s*(?:\/?\*|\/\/)/.test(line)
        if (!isComment && /set-?cookie/i.test(line.replaceAll(/\bsetCookie\(|function setCookie|setsCookie/g, ''))) {
          writes.push(line.trim())
        }
      }
    }
    const byRegistry = [
      /^reply\.header\('set-cookie', sessionCookie\(service\.baseUrl, [\w.]+, [\w.]+\)\)$/,
      /^reply\.header\('set-cookie', \[\.\.\.cookieRemovals\]\)$/,
      /^const removalHeaders: Headers = cookieRemovals\.map\(\(value\) => \(\{ key: 'Set-Cookie', value \}\)\)$/,
      // Takes headers away again.
      /^for \(const name of \['set-cookie', [^\]]+\]\) reply\.removeHeader\(name\)$/,
    ]
    expect(writes.length).toBeGreaterThanOrEqual(5)
    expect(writes.filter((line) => !byRegistry.some((pattern) => pattern.test(line)))).toEqual([])
  })

  test('C-03: what the registry sets is among what it removes', () => {
    for (const baseUrl of ['https://auth.example', 'http://127.0.0.1:8787', 'http://localhost:1']) {
      const name = sessionCookieName(baseUrl)
      expect(parts(sessionCookie(baseUrl, 's', null)).name).toBe(name)
      expect(cookieRemovals.map((removal) => parts(removal).name)).toContain(name)
    }
  })

  test('C-03: a cookie that an earlier release set by another name is removed too, and nobody else’s is', async () => {
    const cookie = '__Host-adjourn_session=old; wixSession=theirs; smSession=theirs; other=1'
    const { setCookies } = await sendLogout(server, {}, { headers: navigation('same-origin', cookie) })
    expect(setCookies.map((line) => parts(line).name)).toEqual(['__Host-adjourn_session', 'adjourn_session'])
  })
})

describe('C-04: a cookie of before the logout', () => {
  test('is refused on every route that takes one', async () => {
    const member = await signedInMember(server)
    await sendLogout(server, {}, { headers: navigation('same-origin', member.cookie) })
    const headers = { cookie: member.cookie, 'sec-fetch-site': 'same-origin' }
    const { url } = server
    expect((await send(`${url}/v1/sessions/current`, { headers })).status).toBe(401)
    expect((await send(`${url}/v1/sessions`, { method: 'DELETE', headers })).status).toBe(401)
    await expect(authorizeWithCookie(server, member.cookie)).rejects.toThrow('login_required')
    const page = await send(`${url}/oauth2/authorize?${authorizeQuery(server.client, { prompt: 'login' })}`, {
      headers,
    })
    expect(page.text).toContain('name="password"')
    expect(await acceptedOf(server, member)).toEqual([])
  })

  test('S-11: after it a silent login fails with login_required', async () => {
    const { cookie } = await signedInMember(server)
    await sendLogout(server, {}, { headers: navigation('same-origin', cookie) })
    const answer = await send(`${server.url}/oauth2/authorize?${authorizeQuery(server.client)}`, {
      headers: { cookie },
    })
    expect(new URL(String(answer.headers['location'])).searchParams.get('error')).toBe('login_required')
  })
})

describe('C-05: a Set-Cookie that arrives after the logout', () => {
  test('of a password change is dead', async () => {
    const barriers = new Barriers()
    await using held = await startTestServer({ decorateStorage: barriers.decorate })
    const member = await signedInMember(held)
    const change = (accessToken: string, cookie: string) =>
      send(`${held.url}/v2/change-password`, {
        headers: { authorization: accessToken, cookie },
        json: { newPassword: 'another long passphrase of ada' },
      })
    const points = await barriers.pointsOf(() => change(member.accessToken, member.cookie))
    const after = points.filter(({ when, call }) => when === 'after' && call === 'changePassword')
    expect(after).toHaveLength(1)
    for (const at of after) {
      const { accessToken, cookie } = await signedInMember(held)
      const late = await barriers.race({
        at,
        racing: () => change(accessToken, cookie),
        meanwhile: async () => {
          await sendLogout(held, {}, { headers: { authorization: accessToken } })
        },
      })
      expect(late.setCookies).toHaveLength(1)
      expect(await isAccepted(held, { cookie: late.setCookies[0]?.split(';')[0] ?? '' })).toBe(false)
    }
  })

  test('of a login by ticket is dead', async () => {
    const barriers = new Barriers()
    await using held = await startTestServer({ decorateStorage: barriers.decorate })
    const member = await signedInMember(held)
    const login = (sessionToken: string) =>
      send(`${held.url}/oauth2/authorize?${authorizeQuery(held.client, { sessionToken })}`)
    const [used, sessionToken] = [await loginTicket(held, member.email), await loginTicket(held, member.email)]
    const points = await barriers.pointsOf(() => login(used))
    const at = points.find(({ when, call }) => when === 'after' && call === 'issueCode')
    if (at === undefined) throw new Error('No code was issued')
    const late = await barriers.race({
      at,
      racing: () => login(sessionToken),
      meanwhile: async () => {
        const { status } = await send(`${held.url}/v1/sessions`, {
          method: 'DELETE',
          headers: { authorization: member.accessToken },
        })
        expect(status).toBe(204)
      },
    })
    expect(late.setCookies).toHaveLength(1)
    expect(await isAccepted(held, { cookie: late.setCookies[0]?.split(';')[0] ?? '' })).toBe(false)
  })
})

describe('C-08: more than one session cookie', () => {
  const name = 'adjourn_session'
  async function pairs(): Promise<readonly (readonly [string, string])[]> {
    const [one, two] = [await signedInMember(server), await signedInMember(server)]
    const [first, second] = [secretOf(one.cookie), secretOf(two.cookie)]
    return [
      ['two of the name', `${name}=${first}; ${name}=${second}`],
      ['in the other order', `${name}=${second}; ${name}=${first}`],
      ['the same twice', `${name}=${first}; ${name}=${first}`],
      ['an empty one besides', `${name}=${first}; ${name}=`],
      ['a planted one before', `${name}=x; other=1; ${name}=${first}`],
      ['one in other letters besides', `${name}=${first}; Adjourn_Session=${second}`],
      ['one in other letters before', `ADJOURN_SESSION=${second}; ${name}=${first}`],
      ['one in other letters alone', `Adjourn_session=${first}`],
    ]
  }

  test('lets nobody in, on any route, and is noted in the log', async () => {
    for (const [which, cookie] of await pairs()) {
      const headers = { cookie, 'sec-fetch-site': 'same-origin' }
      const before = server.log.length
      const check = await send(`${server.url}/v1/sessions/current`, { headers })
      expect(check.status, which).toBe(401)
      expect(server.log.slice(before).join(''), which).toContain('A request carried more than one session cookie')
      expect((await send(`${server.url}/v1/sessions`, { method: 'DELETE', headers })).status, which).toBe(401)
      await expect(authorizeWithCookie(server, cookie), which).rejects.toThrow('login_required')
    }
  })

  test('names no secret in the log', async () => {
    for (const [, cookie] of await pairs()) {
      await send(`${server.url}/v1/sessions/current`, { headers: { cookie } })
      for (const [secret] of cookie.matchAll(/adj_session_[\w-]{43}/g))
        expect(server.log.join('')).not.toContain(secret)
    }
  })

  test('is left whole by whoever logs out: no answer says so while one of the sessions lives', async () => {
    for (const byProgram of [true, false]) {
      const [one, two] = [await signedInMember(server), await signedInMember(server)]
      const cookie = `${one.cookie}; Adjourn_Session=${secretOf(two.cookie)}`
      const before = (await endsOnRecord(server)).length
      const headers = byProgram ? { cookie, 'sec-fetch-site': 'same-origin' } : navigation('same-origin', cookie)
      const answer = await sendLogout(server, {}, { headers })
      expect(answer.status).toBe(200)
      expect(answer.setCookies).toEqual(cookieRemovals)
      expect(await isAccepted(server, { cookie: one.cookie })).toBe(false)
      expect(await isAccepted(server, { cookie: two.cookie })).toBe(false)
      expect(await endsOnRecord(server)).toHaveLength(before + 2)
    }
  })

  test('is asked about like one', async () => {
    const [one, two] = [await signedInMember(server), await signedInMember(server)]
    const cookie = `${one.cookie}; ${two.cookie}`
    const asked = await sendLogout(server, {}, { headers: navigation('cross-site', cookie) })
    expect(headingOf(asked)).toBe('Do you want to sign out?')
    const confirmation = /name="confirmation" value="([^"]+)"/.exec(asked.text)?.[1] ?? ''
    // A browser may send them the other way round the next time.
    const answer = await sendLogout(
      server,
      {},
      { headers: navigation('same-origin', `${two.cookie}; ${one.cookie}`), form: { confirmation } },
    )
    expect(headingOf(answer)).toBe('You are signed out')
    expect(await isAccepted(server, { cookie: one.cookie })).toBe(false)
    expect(await isAccepted(server, { cookie: two.cookie })).toBe(false)
  })
})

test('a cookie of the other name, or with a value that is no secret, names nobody', async () => {
  const { cookie } = await signedInMember(server)
  for (const other of [
    `__Host-adjourn_session=${secretOf(cookie)}`,
    `xadjourn_session=${secretOf(cookie)}`,
    `adjourn_session="${secretOf(cookie)}"`,
    `adjourn_session=${secretOf(cookie)}x`,
    'adjourn_session',
    'adjourn_session=',
    ';;;=;',
  ]) {
    expect(await isAccepted(server, { cookie: other })).toBe(false)
    const answer = await sendLogout(server, {}, { headers: navigation('same-origin', other) })
    expect(headingOf(answer)).toBe('Nobody was signed in')
  }
  expect(await isAccepted(server, { cookie: `a=b;${cookie};c` })).toBe(true)
})

describe('C-09: Clear-Site-Data', () => {
  test('is "storage" on a completed logout of a person, and on nothing else', async () => {
    await using clean = await startTestServer()
    const { cookie, accessToken } = await signedInMember(clean)
    const asked = await sendLogout(clean, {}, { headers: navigation('cross-site', cookie) })
    const refused = await sendLogout(clean, { clientId: 'x' }, { headers: navigation('same-origin', cookie) })
    const repeated = await sendLogout(clean, {}, { headers: navigation('cross-site'), form: {} })
    const prefetched = await sendLogout(clean, {}, { headers: { ...navigation('none', cookie), purpose: 'prefetch' } })
    const check = await send(`${clean.url}/v1/sessions/current`, { headers: { cookie } })
    const program = await sendLogout(clean, {}, { headers: { authorization: accessToken } })
    expect([asked, refused, repeated, prefetched, check, program].map(({ status }) => status)).toEqual([
      200, 400, 303, 503, 200, 200,
    ])
    for (const answer of [asked, refused, repeated, prefetched, check, program]) {
      expect(answer.headers).not.toHaveProperty('clear-site-data')
    }
    const done = await sendLogout(clean, {}, { headers: navigation('same-origin', cookie) })
    expect(done.headers['clear-site-data']).toBe('"storage"')
    const redirected = await sendLogout(
      clean,
      { clientId: clean.client.id, postLogoutRedirectUri: 'https://shop.example/' },
      { headers: navigation('none') },
    )
    expect(redirected).toMatchObject({ status: 302, headers: { 'clear-site-data': '"storage"' } })
  })

  test('is left out where a client lives on the same origin, whose data is not ours', async () => {
    await using shared = await startTestServer()
    await shared.addClient({ allowedRedirectUris: [`${shared.url}/callback`] })
    const { cookie } = await signedInMember(shared)
    const done = await sendLogout(shared, {}, { headers: navigation('same-origin', cookie) })
    expect(headingOf(done)).toBe('You are signed out')
    expect(done.headers).not.toHaveProperty('clear-site-data')
  })
})

test('C-07: a cookie that nobody uses is refused after the idle limit', async () => {
  const { cookie } = await signedInMember(server)
  server.clock.advance(30 * day - hour)
  expect(await isAccepted(server, { cookie })).toBe(true)
  server.clock.advance(30 * day)
  expect(await isAccepted(server, { cookie })).toBe(false)
})
