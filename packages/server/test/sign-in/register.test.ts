/** Registering on our own page, without a script: what comes of it is the same whether or not anybody has the address. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerInBrowser } from '../../src/operations/register-in-browser.ts'
import { locationOf } from '../support/answers.ts'
import { formOf, headingOf } from '../support/logout.ts'
import {
  acceptedOf,
  authorizeQuery,
  cookieOf,
  exchange,
  password,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { tokenInfo } from '../support/oauth-requests.ts'
import { linkOf, openPage, press, problemOn } from '../support/pages.ts'
import { anotherCode, challengeIn, mailedCode, mailedToken, mailsTo } from '../support/proofs.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ siteSettings: { limits: 'lifted' } })
})
afterAll(() => server.close())

/** The codes that were mailed to an address, by the registration that each is for. */
async function codesOf(email: string): Promise<ReadonlyMap<string, string>> {
  const mails = await mailsTo(server, email, 'verification_code')
  return new Map(
    mails.map(({ parameters: { challenge = '', codesSent } }) => [
      challenge,
      server.service.proofs.code(challenge, Number(codesSent)),
    ]),
  )
}

const newAddress = () => `${randomUUID()}@shop.example`
const authorizePath = (more: Readonly<Record<string, string>> = {}) =>
  `/oauth2/authorize?${authorizeQuery(server.client, { prompt: 'create', ...more })}`

/** Registers an address up to the page that asks for the code. */
const begin = async (email: string, more: Readonly<Record<string, string>> = {}) =>
  press(server, await openPage(server, authorizePath()), { email, password, ...more })

describe('somebody new', () => {
  test('comes by the login page, registers, enters the code of the mail and is sent on to the site, signed in', async () => {
    const email = newAddress()
    const login = await openPage(server, authorizePath({ prompt: 'login', state: 'a state & more' }))
    const register = await openPage(server, linkOf(login, 'Create an account'), { 'sec-fetch-site': 'same-origin' })
    expect([register.status, headingOf(register)]).toEqual([200, 'Create an account'])
    const code = await press(server, register, { email, password })
    expect([code.status, headingOf(code)]).toEqual([200, 'Enter the code'])
    expect(code.setCookies).toEqual([])
    const answer = await press(server, code, { code: await mailedCode(server, email) })
    expect(answer.status).toBe(303)
    const given = locationOf(answer).searchParams
    expect(given.get('state')).toBe('a state & more')
    const { accessToken } = await exchange(server, given.get('code') ?? '')
    expect(await tokenInfo(server, accessToken)).toMatchObject({ active: true, subjectType: 'MEMBER' })
    expect(await acceptedOf(server, { cookie: cookieOf(answer.setCookies) ?? '' })).not.toEqual([])
  })

  test('is shown the form at once where the site asks for it, by the prompt of the standard', async () => {
    const page = await openPage(server, authorizePath({ prompt: 'create' }))
    expect(headingOf(page)).toBe('Create an account')
    expect(headingOf(await openPage(server, linkOf(page, 'Sign in')))).toBe('Sign in')
  })

  test('may register for a session alone, and is sent on without a code', async () => {
    const email = newAddress()
    const home = 'https://shop.example/home'
    const login = await openPage(server, `/login?clientId=${server.client.id}&postFlowUrl=${encodeURIComponent(home)}`)
    const register = await openPage(server, linkOf(login, 'Create an account'))
    const code = await press(server, register, { email, password })
    const answer = await press(server, code, { code: await mailedCode(server, email) })
    expect([answer.status, answer.headers['location']]).toEqual([303, home])
    expect(cookieOf(answer.setCookies)).toBeDefined()
  })

  test('C-07: has a cookie without an age, unless they asked to stay signed in', async () => {
    for (const [more, age] of [
      [{}, undefined],
      [{ remember: 'yes' }, 'Max-Age=15552000'],
    ] as const) {
      const email = newAddress()
      const code = await begin(email, more)
      const { setCookies } = await press(server, code, { code: await mailedCode(server, email) })
      expect(/Max-Age=\d+/.exec(setCookies[0] ?? '')?.[0]).toBe(age)
    }
  })

  test('is not signed in by the form alone, nor by a code that is not the one of the mail', async () => {
    const email = newAddress()
    const code = await begin(email)
    const wrong = await press(server, code, { code: anotherCode(await mailedCode(server, email)) })
    expect([wrong.status, headingOf(wrong), wrong.setCookies]).toEqual([400, 'Enter the code', []])
    expect(problemOn(wrong)).toBe(
      'This code is not right, or no good any more. Look into the newest mail, have another code sent, or begin again.',
    )
    const right = await press(server, wrong, {
      code: ` ${(await mailedCode(server, email)).slice(0, 3)} ${(await mailedCode(server, email)).slice(3)} `,
    })
    expect(right.status).toBe(303)
  })

  test('S-02: the session of the cookie that came along ends, whoever it belonged to', async () => {
    const before = await signedInMember(server)
    const email = newAddress()
    const headers = { cookie: before.cookie }
    const code = await press(server, await openPage(server, authorizePath(), headers), { email, password }, headers)
    expect(await acceptedOf(server, before)).not.toEqual([])
    await press(server, code, { code: anotherCode(await mailedCode(server, email)) }, headers)
    expect(await acceptedOf(server, before)).not.toEqual([])
    await press(server, code, { code: await mailedCode(server, email) }, headers)
    expect(await acceptedOf(server, before)).toEqual([])
  })

  test('P-12: a code is good once, and not for the registration of somebody else', async () => {
    const [ada, bob] = [newAddress(), newAddress()]
    const [ofAda, ofBob] = [await begin(ada), await begin(bob)]
    const code = await mailedCode(server, bob)
    expect((await press(server, ofAda, { code })).status).toBe(400)
    expect((await press(server, ofBob, { code })).status).toBe(303)
    expect((await press(server, ofBob, { code })).status).toBe(400)
  })

  test('can have another code sent, and the one before is no good then', async () => {
    const email = newAddress()
    const page = await begin(email)
    const first = await mailedCode(server, email)
    const again = await press(server, page, { intent: 'another_code' })
    expect(again.status).toBe(200)
    expect(again.text).toContain('<p role="status">If one can still be sent, another code is on its way.')
    const second = await mailedCode(server, email)
    expect(await mailsTo(server, email, 'verification_code')).toHaveLength(2)
    // One in a million pairs of codes is the same twice.
    if (first !== second) expect((await press(server, again, { code: first })).status).toBe(400)
    expect((await press(server, again, { code: second })).status).toBe(303)
  })

  test('who comes back before entering the code registers again with the same password, and is mailed another code', async () => {
    const email = newAddress()
    const first = await begin(email)
    const [again, twice] = await Promise.all([begin(email), begin(email)])
    expect(headingOf(again)).toBe('Enter the code')
    expect((await mailsTo(server, email)).map(({ kind }) => kind)).toEqual(Array(3).fill('verification_code'))
    const codes = await codesOf(email)
    // Each form has a code of its own, as each was a registration: a double click breaks nothing.
    const takenBy = await Promise.all(
      [first, again, twice].map(async (page) => {
        const challenge = challengeIn(server, formOf(page.text).fields['stateToken'] ?? '')
        return press(server, page, { code: codes.get(challenge) ?? '' })
      }),
    )
    expect(takenBy.map(({ status }) => status)).toEqual([303, 303, 303])
  })

  test('of two forms that are sent in the same instant, both lead to a code that is good', async () => {
    const email = newAddress()
    const page = await openPage(server, authorizePath())
    const both = await Promise.all([press(server, page, { email, password }), press(server, page, { email, password })])
    const codes = await codesOf(email)
    for (const each of both) {
      const challenge = challengeIn(server, formOf(each.text).fields['stateToken'] ?? '')
      expect((await press(server, each, { code: codes.get(challenge) ?? '' })).status).toBe(303)
    }
  })

  test('P-12: a code is good for the client that it was asked for through, and for no other', async () => {
    const other = await server.addClient()
    const email = newAddress()
    const page = await openPage(server, `/register?clientId=${server.client.id}`)
    const code = await press(server, page, { email, password })
    const { fields } = formOf(code.text)
    const form = { ...fields, clientId: other.id, code: await mailedCode(server, email) }
    const stolen = await send(`${server.url}/code`, { headers: { origin: server.url }, form })
    expect([stolen.status, headingOf(stolen), stolen.setCookies]).toEqual([400, 'Enter the code', []])
    expect(headingOf(await press(server, code, { code: form.code }))).toBe('You are signed in')
  })

  test('the mails of a page are in its language, the second as the first', async () => {
    const email = newAddress()
    const headers = { 'accept-language': 'de' }
    const page = await openPage(server, authorizePath({ uiLocales: 'de' }))
    const code = await press(server, page, { email, password })
    expect(headingOf(code)).toBe('Code eingeben')
    await press(server, code, { intent: 'another_code' }, headers)
    expect((await mailsTo(server, email)).map(({ language }) => language)).toEqual(['de', 'de'])
  })
})

describe('P-07: whether anybody has the address', () => {
  const withoutSecrets = (text: string, email: string) =>
    text.replaceAll(email, 'EMAIL').replaceAll(/(?<=name="stateToken" value=")[^"]+/g, 'SECRET')

  test('is not told by the page, its status or its headers, and nothing of the account changes', async () => {
    const { email: taken } = await registerMember(server)
    const free = newAddress()
    const [ofTaken, ofFree] = [
      await begin(taken, { password: 'a passphrase of somebody else' }),
      await begin(free, { password: 'a passphrase of somebody else' }),
    ]
    expect(ofTaken.status).toBe(ofFree.status)
    expect(withoutSecrets(ofTaken.text, taken)).toBe(withoutSecrets(ofFree.text, free))
    const names = (headers: Readonly<Record<string, unknown>>) => Object.keys(headers).sort()
    expect(names(ofTaken.headers)).toEqual(names(ofFree.headers))
    const login = (given: string) =>
      send(`${server.url}/v2/login`, { json: { loginId: { email: taken }, password: given } })
    expect((await login(password)).status).toBe(200)
    expect((await login('a passphrase of somebody else')).status).toBe(401)
  })

  test('is not told by logging in afterwards with the password that one registered with', async () => {
    const { email: taken } = await registerMember(server)
    const free = newAddress()
    const mine = { password: 'a passphrase of somebody else' }
    const answers = []
    for (const email of [taken, free]) {
      await begin(email, mine)
      answers.push(await press(server, await openPage(server, authorizePath({ prompt: 'login' })), { email, ...mine }))
    }
    const [ofTaken, ofFree] = answers
    expect([ofTaken?.status, problemOn(ofTaken as Received)]).toEqual([
      401,
      'The e-mail address or the password is not right. If you have not entered the code of your registration yet, register again.',
    ])
    expect(withoutSecrets(String(ofTaken?.text), taken)).toBe(withoutSecrets(String(ofFree?.text), free))
  })

  test('is not told by registering twice', async () => {
    const { email: taken } = await registerMember(server)
    const free = newAddress()
    await Promise.all([begin(taken), begin(free)])
    const other = { password: 'a passphrase of somebody else' }
    for (const more of [{}, other]) {
      const [ofTaken, ofFree] = [await begin(taken, more), await begin(free, more)]
      expect(ofTaken.status).toBe(ofFree.status)
      expect(withoutSecrets(ofTaken.text, taken)).toBe(withoutSecrets(ofFree.text, free))
    }
  })

  test('is not told by what comes of a code, or of asking for another one', async () => {
    const { email: taken } = await registerMember(server)
    const free = newAddress()
    const [ofTaken, ofFree] = [await begin(taken), await begin(free)]
    const wrong = { code: anotherCode(await mailedCode(server, free)) }
    const another = { intent: 'another_code' }
    // Past the tries that one code has, and past the codes that one registration has.
    for (const fields of [{ code: '' }, ...Array(6).fill(another), ...Array(6).fill(wrong), another]) {
      const [one, other] = [await press(server, ofTaken, fields), await press(server, ofFree, fields)]
      expect(one.status).toBe(other.status)
      expect(withoutSecrets(one.text, taken)).toBe(withoutSecrets(other.text, free))
    }
  })

  test('is not told by how much is done: one hash, one comparison and one commit, whoever has the address', async () => {
    const { email: taken } = await registerMember(server)
    const waiting = newAddress()
    await begin(waiting)
    const { storage, passwordHasher } = server.service
    const done: string[] = []
    const counted = <Of extends object>(of: Of, names: readonly (keyof Of & string)[], as?: string): Of =>
      new Proxy(of, {
        get: (target, name) => {
          const value = Reflect.get(target, name)
          if (!names.includes(name as keyof Of & string)) return value
          return (...given: unknown[]) => {
            done.push(as ?? String(name))
            return (value as (...given: unknown[]) => unknown).apply(target, given)
          }
        },
      })
    const service = {
      ...server.service,
      storage: counted(storage, ['registerMember', 'openChallenge'], 'commit'),
      passwordHasher: counted(counted(passwordHasher, ['hash']), ['verify', 'verifyDummy'], 'compare'),
    }
    for (const email of [taken, waiting, newAddress()]) {
      const about = { clientId: server.client.id, language: 'en', source: null, requestId: 'r' }
      await registerInBrowser(service, { email, password, ...about })
      expect(done.splice(0).sort()).toEqual(['commit', 'compare', 'hash'])
    }
  })

  test('a password that somebody else chose for an address is never the one of who proves it', async () => {
    const email = newAddress()
    const [theirs, mine] = [{ password: 'a passphrase of somebody else' }, { password: 'my very own passphrase' }]
    await begin(email, theirs)
    await begin(email, mine)
    // Whoever reads the mail is not given a code for an account with somebody else's password, but a link.
    const [mail] = await mailsTo(server, email)
    expect(mail?.kind).toBe('already_registered')
    const page = await openPage(server, `/recover?recoveryToken=${await mailedToken(server, email)}`)
    await press(server, page, mine)
    const login = (given: { password: string }) =>
      send(`${server.url}/v2/login`, { json: { loginId: { email }, ...given } })
    expect((await login(mine)).status).toBe(200)
    expect((await login(theirs)).status).toBe(401)
  })

  test('is told by a mail to whoever reads it, with a link to a new password', async () => {
    const member = await signedInMember(server)
    await begin(member.email)
    const [mail] = await mailsTo(server, member.email)
    expect(mail?.kind).toBe('already_registered')
    expect(await acceptedOf(server, member)).not.toEqual([])
    const page = await openPage(server, `/recover?recoveryToken=${await mailedToken(server, member.email)}`)
    const done = await press(server, page, { password: 'another long passphrase' })
    expect(headingOf(done)).toBe('Your password is set')
  })

  test('a member who is blocked is not written to', async () => {
    const { email, memberId } = await registerMember(server)
    server.database.prepare(`UPDATE member SET status = 'BLOCKED' WHERE id = ?`).run(memberId)
    expect(headingOf(await begin(email))).toBe('Enter the code')
    expect(await mailsTo(server, email, 'already_registered')).toEqual([])
  })
})

describe('a form that is not taken', () => {
  test.each([
    ['what is no address', { email: 'nobody' }, 400, 'This is not an e-mail address.'],
    ['no address', { email: '' }, 400, 'This is not an e-mail address.'],
    ['a short password', { password: 'short' }, 400, 'The password must have from 8 to 256 characters.'],
    ['a long password', { password: 'x'.repeat(257) }, 400, 'The password must have from 8 to 256 characters.'],
    ['no password', { password: '' }, 400, 'The password must have from 8 to 256 characters.'],
    [
      'a common password',
      { password: 'password1' },
      400,
      'The password must not be one of the most common passwords, which are the first to be guessed.',
    ],
    [
      'the name of the site',
      { password: 'My site!'.slice(0, 7) },
      400,
      'The password must have from 8 to 256 characters.',
    ],
  ])('%s is told on the form, and nobody is written to', async (_what, changes, status, problem) => {
    const email = newAddress()
    const page = await begin(email, changes)
    expect([page.status, headingOf(page), problemOn(page)]).toEqual([status, 'Create an account', problem])
    expect(page.text).not.toContain(
      `value="${'password' in changes && changes.password !== '' ? changes.password : 'x'.repeat(300)}"`,
    )
    expect(await mailsTo(server, email)).toEqual([])
  })

  test('an address as password is told so', async () => {
    const email = newAddress()
    expect(problemOn(await begin(email, { password: email }))).toContain('your e-mail address')
  })

  test.each([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['nowhere', { 'sec-fetch-site': 'none' }],
  ])('a form from %s registers nobody', async (_what, headers) => {
    const email = newAddress()
    const page = await openPage(server, authorizePath())
    const answer = await press(server, page, { email, password }, headers)
    expect(answer.status).toBe(403)
    expect(await mailsTo(server, email)).toEqual([])
    const code = await begin(email)
    const forged = await press(server, code, { code: await mailedCode(server, email) }, headers)
    expect([forged.status, forged.setCookies]).toEqual([403, []])
  })

  test.each([
    ['an unknown client', { clientId: '00000000-0000-4000-8000-000000000000' }],
    ['an address of somebody else', { redirectUri: 'https://evil.example/' }],
  ])('a form with %s leads nowhere, whichever page it is of', async (_what, changes) => {
    const email = newAddress()
    const sendForm = async (path: string, page: Received, fields: Readonly<Record<string, string>>) =>
      send(`${server.url}${path}`, {
        headers: { origin: server.url },
        form: { ...formOf(page.text).fields, ...fields, ...changes },
      })
    const page = await openPage(server, authorizePath())
    expect((await sendForm('/register', page, { email, password })).status).toBe(400)
    expect(await mailsTo(server, email)).toEqual([])
    const code = await begin(email)
    const answer = await sendForm('/code', code, { code: await mailedCode(server, email) })
    expect([answer.status, answer.setCookies, answer.headers['location']]).toEqual([400, [], undefined])
  })

  test('who comes to the address of the code page without its form is sent to register, and nothing is lost', async () => {
    const code = await begin(newAddress())
    const page = await openPage(server, formOf(code.text).action)
    expect(page.status).toBe(303)
    const register = await openPage(server, String(page.headers['location']))
    expect([register.status, formOf(register.text).fields['state']]).toEqual([200, 'some-state'])
  })

  test.each([
    ['prompt=none', { prompt: 'none' }],
    ['a frame as the way to answer', { responseMode: 'web_message' }],
  ])('a page that is asked for with %s shows no form, and gives nobody a cookie', async (_what, more) => {
    const query = new URLSearchParams(authorizeQuery(server.client, more))
    for (const path of ['/register', '/forgotten-password']) {
      const page = await openPage(server, `${path}?${query}`)
      expect(page.text).not.toContain('<form')
      expect(`${String(page.headers['location'])}${page.text}`).toContain('login_required')
    }
    const { email } = await registerMember(server)
    const form = { ...Object.fromEntries(query), email, password }
    const answer = await send(`${server.url}/oauth2/authorize`, { headers: { origin: server.url }, form })
    expect(answer.setCookies).toEqual([])
    expect(`${String(answer.headers['location'])}${answer.text}`).toContain('login_required')
  })

  test('H-05: what is no form is refused with 415', async () => {
    const headers = { origin: server.url }
    for (const path of ['/register', '/login', '/code', '/forgotten-password', '/recover', '/oauth2/authorize']) {
      const answer = await send(`${server.url}${path}`, { headers, json: { email: newAddress(), password } })
      expect([path, answer.status]).toEqual([path, 415])
    }
  })

  test('what was too long for an address goes the whole way, by a name', async () => {
    const { accessToken } = await visitorTokens(server)
    const state = 'ä'.repeat(2048)
    const authRequest = {
      ...Object.fromEntries(new URLSearchParams(authorizeQuery(server.client, { state }))),
      prompt: null,
    }
    const session = await send(`${server.url}/_api/redirects-api/v1/redirect-session`, {
      headers: { authorization: accessToken },
      json: { auth: { authRequest, prompt: 'login' } },
    })
    const { fullUrl } = session.json<{ redirectSession: { fullUrl: string } }>().redirectSession
    const login = await openPage(server, fullUrl.slice(server.url.length))
    const email = newAddress()
    const code = await press(server, await openPage(server, linkOf(login, 'Create an account')), { email, password })
    const answer = await press(server, code, { code: await mailedCode(server, email) })
    expect(locationOf(answer).searchParams.get('state')).toBe(state)
  })
})

test('where the site takes no new members, the login page has no link and the page says so', async () => {
  await using closed = await startTestServer({ siteSettings: { registration: 'closed' } })
  const login = await openPage(closed, `/login?clientId=${closed.client.id}`)
  expect(login.text).not.toContain('/register')
  const page = await openPage(closed, `/register?clientId=${closed.client.id}`)
  expect([page.status, headingOf(page)]).toEqual([403, 'Nobody can register here'])
  const form = { ...formOf(login.text).fields, email: newAddress(), password }
  const sent = await send(`${closed.url}/register`, { headers: { origin: closed.url }, form })
  expect([sent.status, headingOf(sent)]).toEqual([403, 'Nobody can register here'])
})

test('where the owner approves, the code leads to a page that says so, and nobody is signed in', async () => {
  await using strict = await startTestServer({ siteSettings: { requireOwnerApproval: true } })
  const email = newAddress()
  const register = await openPage(strict, `/register?clientId=${strict.client.id}`)
  const code = await press(strict, register, { email, password })
  const waiting = await press(strict, code, { code: await mailedCode(strict, email) })
  expect([waiting.status, headingOf(waiting), waiting.setCookies]).toEqual([
    200,
    'Your registration waits for approval',
    [],
  ])
})

test('H-06: registrations and mails to one address are limited, told with the time to wait, and alike for a taken one', async () => {
  await using limited = await startTestServer()
  const { email: taken } = await registerMember(limited)
  const seen: string[][] = []
  for (const email of [taken, newAddress()]) {
    const answers: string[] = []
    for (let times = 0; times < 12; times += 1) {
      const page = await openPage(limited, `/register?clientId=${limited.client.id}`)
      const answer = await press(limited, page, { email, password })
      answers.push(`${answer.status} ${headingOf(answer)}`)
      if (answer.status === 429) {
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
        expect(problemOn(answer)).toMatch(/^There were too many attempts. Try again in /)
      }
    }
    seen.push(answers)
  }
  expect(seen[0]).toContain('429 Create an account')
  expect(seen[0]).toEqual(seen[1])
})
