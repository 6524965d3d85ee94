/** The question before a logout that another site may have caused: when it is asked, and which answers count. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cookieRemovals } from '../../src/http/cookies/registry.ts'
import { startHttpsServer } from '../support/https-server.ts'
import {
  endsOnRecord,
  type Form,
  formOf,
  headingOf,
  isAccepted,
  logoutLink,
  navigation,
  sendLogout,
  submit,
} from '../support/logout.ts'
import { minute } from '../support/manual-clock.ts'
import { acceptedOf, everythingAccepted, loginByForm, signedInMember } from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const goodbye = 'https://shop.example/bye'
const question = 'Do you want to sign out?'
const redirecting = () => ({ clientId: server.client.id, postLogoutRedirectUri: goodbye })
const ask = (cookie: string, fields: Record<string, string> = {}): Promise<Received> =>
  sendLogout(server, fields, { headers: navigation('cross-site', cookie) })

describe('when it is asked', () => {
  test.each<readonly [string, Record<string, string>]>([
    ['a link on another site', navigation('cross-site')],
    ['a browser without Fetch Metadata', { accept: 'text/html,*/*' }],
    ['a navigation that does not say from where', { 'sec-fetch-mode': 'navigate' }],
    ['a value of Sec-Fetch-Site that is not known', { ...navigation('none'), 'sec-fetch-site': 'elsewhere' }],
    ['Sec-Fetch-Site sent twice', { ...navigation('none'), 'sec-fetch-site': 'same-origin, same-origin' }],
    [
      'a script of a sibling host that says it wants HTML',
      {
        accept: 'text/html',
        'sec-fetch-mode': 'no-cors',
        'sec-fetch-site': 'same-site',
      },
    ],
  ])('L-02: after %s the page asks and nothing has changed', async (_name, headers) => {
    const member = await signedInMember(server)
    const answer = await sendLogout(server, redirecting(), { headers: { ...headers, cookie: member.cookie } })
    expect(answer.status).toBe(200)
    expect(headingOf(answer)).toBe(question)
    expect(answer.text).toContain('Nothing has changed.')
    expect(answer.text).toContain(member.email)
    expect(answer.text).toContain('shop.example')
    expect(answer.setCookies).toEqual([])
    expect(answer.headers).not.toHaveProperty('location')
    expect(answer.headers).not.toHaveProperty('clear-site-data')
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  })

  test.each<readonly [string, Record<string, string>]>([
    ['a link on a page of this service', navigation('same-origin')],
    ['a link on a page of a sibling host', navigation('same-site')],
    ['an address that the person typed', navigation('none')],
  ])('%s is taken at its word', async (_name, headers) => {
    const { cookie } = await signedInMember(server)
    const answer = await sendLogout(server, {}, { headers: { ...headers, cookie } })
    expect(headingOf(answer)).toBe('You are signed out')
    expect(await isAccepted(server, { cookie })).toBe(false)
  })

  test('a dead cookie is asked about by nobody: it is removed', async () => {
    const { cookie, accessToken } = await signedInMember(server)
    await sendLogout(server, {}, { headers: { authorization: accessToken } })
    const answer = await ask(cookie)
    expect(headingOf(answer)).toBe('You are signed out')
    expect(answer.setCookies).toEqual(cookieRemovals)
  })

  test('L-20: a form of another site, sent without the cookie, is repeated once by GET, which has it', async () => {
    const { cookie } = await signedInMember(server)
    const form = { ...redirecting(), logoutTicket: 'lt_5', confirmation: 'x' }
    for (const headers of [
      { ...navigation('cross-site'), origin: 'https://shop.example' },
      { accept: 'text/html', origin: 'https://shop.example' },
      { ...navigation('cross-site'), origin: 'null' },
    ]) {
      const held = await send(`${server.url}/authentication/v1/logout`, { headers, form })
      expect(held).toMatchObject({ status: 303, text: '' })
      expect(held.setCookies).toEqual([])
      const location = new URL(String(held.headers['location']))
      expect(`${location.origin}${location.pathname}`).toBe(`${server.url}/v1/logout`)
      expect(Object.fromEntries(location.searchParams)).toEqual({ ...redirecting(), logoutTicket: 'lt_5' })
      const asked = await send(location.href, { headers: navigation('cross-site', cookie) })
      expect(headingOf(asked)).toBe(question)
      // Without a cookie now, there is none.
      expect(await send(location.href, { headers: navigation('cross-site') })).toMatchObject({ status: 302 })
    }
    expect(await isAccepted(server, { cookie })).toBe(true)
  })

  test('a form of this service or of a sibling is not repeated: their cookie would have come', async () => {
    for (const site of ['same-origin', 'same-site', 'none'] as const) {
      const answer = await sendLogout(server, {}, { headers: navigation(site), form: {} })
      expect(headingOf(answer)).toBe('Nobody was signed in')
    }
  })
})

describe('the page', () => {
  test('H-02, H-03: lets nothing in, frames nowhere, is not stored, and sends its form to this service alone', async () => {
    const { cookie } = await signedInMember(server)
    const { headers } = await ask(cookie, redirecting())
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("form-action 'self' https://shop.example;")
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
  })

  test('L-05: offers to stay by closing it, and asking any number of times changes nothing', async () => {
    const member = await signedInMember(server)
    const before = (await endsOnRecord(server)).length
    for (let time = 0; time < 3; time += 1) {
      const { text } = await ask(member.cookie, redirecting())
      expect(text).toContain('To stay signed in, close this page.')
      expect(text).not.toContain(`href="${goodbye}`)
    }
    expect(await endsOnRecord(server)).toHaveLength(before)
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  })

  test('H-08: holds nothing of the session, not even in its form', async () => {
    const member = await signedInMember(server)
    const { text } = await ask(member.cookie, redirecting())
    for (const secret of [member.cookie.split('=')[1] ?? '', member.accessToken, member.refreshToken]) {
      expect(text).not.toContain(secret)
    }
  })
})

describe('the answer', () => {
  test.each([
    ['without a redirect', () => ({}), 200],
    ['with a redirect', redirecting, 302],
  ] as const)('pressing the button %s ends the session and removes the cookie', async (_name, fields, status) => {
    const member = await signedInMember(server)
    const answer = await submit(server, formOf((await ask(member.cookie, fields())).text), member.cookie)
    expect(answer.status).toBe(status)
    if (status === 302) expect(answer.headers['location']).toBe(goodbye)
    else expect(headingOf(answer)).toBe('You are signed out')
    expect(answer.setCookies).toEqual(cookieRemovals)
    expect(await acceptedOf(server, member)).toEqual([])
  })

  test('a millisecond before ten minutes it counts', async () => {
    const { cookie } = await signedInMember(server)
    const form = formOf((await ask(cookie)).text)
    server.clock.advance(10 * minute - 1)
    expect(headingOf(await submit(server, form, cookie))).toBe('You are signed out')
  })

  test('a browser without Fetch Metadata sends its origin, or nothing, and is believed', async () => {
    for (const headers of [{ origin: server.url }, {}]) {
      const { cookie } = await signedInMember(server)
      const { action, fields } = formOf((await ask(cookie)).text)
      const answer = await send(`${server.url}${action}`, {
        headers: { accept: 'text/html', cookie, ...headers },
        form: fields,
      })
      expect(headingOf(answer)).toBe('You are signed out')
    }
  })

  test('pressed twice, it says twice that the person is signed out', async () => {
    const { cookie } = await signedInMember(server)
    const form = formOf((await ask(cookie)).text)
    const before = (await endsOnRecord(server)).length
    const answers = await Promise.all([submit(server, form, cookie), submit(server, form, cookie)])
    expect(answers.map(headingOf)).toEqual(['You are signed out', 'You are signed out'])
    expect(await endsOnRecord(server)).toHaveLength(before + 1)
    // The browser has dropped the cookie by now.
    expect(headingOf(await submit(server, form))).toBe('Nobody was signed in')
  })
})

describe('L-04: an answer that does not count', () => {
  const wrong: readonly (readonly [string, (value: string) => string | Promise<string>])[] = [
    ['made up', () => 'yes'],
    ['a digest without a time', (value) => value.replace(/^\d+\./, '')],
    ['damaged', (value) => `${value.slice(0, -3)}${value.at(-3) === 'A' ? 'B' : 'A'}${value.slice(-2)}`],
    ['one that says it is good for longer', (value) => value.replace(/^\d+/, (at) => String(Number(at) + 1))],
    ['one for ever', (value) => value.replace(/^\d+/, '999999999999999')],
    ['one for longer than any number', (value) => `9${value}`.padStart(400, '9')],
    ["another member's", async () => confirmationOf((await signedInMember(server)).cookie)],
    [
      "another session's of the same member",
      async () => {
        const { email } = await signedInMember(server)
        return confirmationOf(await loginByForm(server, email))
      },
    ],
    [
      'one of another installation',
      async () => {
        await using other = await startTestServer({ clock: server.clock })
        const { cookie } = await signedInMember(other)
        const { text } = await sendLogout(other, {}, { headers: navigation('cross-site', cookie) })
        return formOf(text).fields['confirmation'] ?? ''
      },
    ],
  ]

  const confirmationOf = async (cookie: string) => formOf((await ask(cookie)).text).fields['confirmation'] ?? ''

  test.each(wrong)('%s is refused with 403, the session lives, and the page asks anew', async (_name, change) => {
    const member = await signedInMember(server)
    const form = formOf((await ask(member.cookie, redirecting())).text)
    const confirmation = await change(form.fields['confirmation'] ?? '')
    const answer = await submit(server, { ...form, fields: { ...form.fields, confirmation } }, member.cookie)
    await expectAskedAnew(answer, member)
  })

  test('one of ten minutes ago is refused with 403, the session lives, and the page asks anew', async () => {
    const member = await signedInMember(server)
    const form = formOf((await ask(member.cookie, redirecting())).text)
    server.clock.advance(10 * minute)
    await expectAskedAnew(await submit(server, form, member.cookie), member)
  })

  test('one of before the cookie was renewed is refused with 403', async () => {
    const member = await signedInMember(server)
    const form = formOf((await ask(member.cookie)).text)
    const changed = await send(`${server.url}/v2/change-password`, {
      headers: { authorization: member.accessToken, cookie: member.cookie },
      json: { newPassword: 'another long passphrase of ada' },
    })
    const cookie = changed.setCookies[0]?.split(';')[0] ?? ''
    expect(cookie).not.toBe(member.cookie)
    expect((await submit(server, form, cookie)).status).toBe(403)
    expect(await isAccepted(server, { cookie })).toBe(true)
  })

  test.each<readonly [string, Record<string, string>, number]>([
    ['absent, from another site', { 'sec-fetch-site': 'cross-site' }, 200],
    ['absent, from a browser without Fetch Metadata', { 'sec-fetch-site': '' }, 200],
  ])('%s, the page asks again and the session lives', async (_name, headers, status) => {
    const { cookie } = await signedInMember(server)
    const answer = await submit(server, { method: 'post', action: '/v1/logout', fields: {} }, cookie, headers)
    expect(answer.status).toBe(status)
    expect(headingOf(answer)).toBe(question)
    expect(await isAccepted(server, { cookie })).toBe(true)
  })

  test.each<readonly [string, (form: Form, cookie: string) => Promise<Received>]>([
    ['from a page of another site', (form, cookie) => submit(server, form, cookie, { 'sec-fetch-site': 'cross-site' })],
    [
      'in the query of a GET',
      (form, cookie) => sendLogout(server, { ...form.fields }, { headers: navigation('cross-site', cookie) }),
    ],
    [
      'in the query of a POST',
      (form, cookie) =>
        sendLogout(server, { ...form.fields }, { method: 'POST', headers: navigation('cross-site', cookie) }),
    ],
    [
      'from another origin, by a browser without Fetch Metadata',
      (form, cookie) =>
        sendLogout(
          server,
          {},
          { headers: { accept: 'text/html', origin: 'https://shop.example', cookie }, form: form.fields },
        ),
    ],
  ])('a good one %s is no answer: the page asks again and the session lives', async (_name, press) => {
    const { cookie } = await signedInMember(server)
    const form = formOf((await ask(cookie)).text)
    expect(headingOf(await press(form, cookie))).toBe(question)
    expect(await isAccepted(server, { cookie })).toBe(true)
  })

  test('a used one ends nothing of a later session', async () => {
    const member = await signedInMember(server)
    const form = formOf((await ask(member.cookie)).text)
    await submit(server, form, member.cookie)
    const cookie = await loginByForm(server, member.email)
    expect((await submit(server, form, cookie)).status).toBe(403)
    expect(await isAccepted(server, { cookie })).toBe(true)
  })

  test('a program is told so too, and nothing has ended', async () => {
    const { cookie } = await signedInMember(server)
    const answer = await sendLogout(
      server,
      {},
      { headers: { cookie, 'sec-fetch-site': 'same-origin' }, json: { confirmation: '1.x' } },
    )
    expect(answer.status).toBe(403)
    expect(answer.setCookies).toEqual([])
    expect(await isAccepted(server, { cookie })).toBe(true)
  })

  test('no other credential of the same member makes it good: nothing at all has ended', async () => {
    const member = await signedInMember(server)
    const { ticket } = await logoutLink(server, member.accessToken)
    const before = (await endsOnRecord(server)).length
    const form = { method: 'post', action: '/v1/logout', fields: { confirmation: '1.x', logoutTicket: ticket } }
    const answer = await submit(server, form, member.cookie, { authorization: member.accessToken })
    expect(answer.status).toBe(403)
    expect(await endsOnRecord(server)).toHaveLength(before)
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  })

  test('with a ticket beside it, the ticket waits for the next answer', async () => {
    const [person, other] = [await signedInMember(server), await signedInMember(server)]
    const { ticket } = await logoutLink(server, other.accessToken)
    const asked = await submit(
      server,
      { method: 'post', action: '/v1/logout', fields: { confirmation: '1.x', logoutTicket: ticket } },
      person.cookie,
    )
    expect(asked.status).toBe(403)
    expect(await isAccepted(server, other)).toBe(true)
    await submit(server, formOf(asked.text), person.cookie)
    expect(await isAccepted(server, other)).toBe(false)
    expect(await isAccepted(server, { cookie: person.cookie })).toBe(false)
  })

  async function expectAskedAnew(answer: Received, member: Awaited<ReturnType<typeof signedInMember>>) {
    expect(answer.status).toBe(403)
    expect(headingOf(answer)).toBe(question)
    expect(answer.text).toContain('You are still signed in.')
    expect(answer.setCookies).toEqual([])
    expect(answer.headers).not.toHaveProperty('location')
    expect(answer.headers).not.toHaveProperty('clear-site-data')
    expect(await isAccepted(server, { cookie: member.cookie })).toBe(true)
    const form = formOf(answer.text)
    expect(await submit(server, form, member.cookie)).toMatchObject({ status: 302, headers: { location: goodbye } })
    expect(await isAccepted(server, { cookie: member.cookie })).toBe(false)
  }
})

describe('R-09: what may be redirected to is judged anew when the person answers', () => {
  test.each([
    ['the address is unregistered', 'UPDATE client SET allowed_redirect_domains = ? WHERE id = ?', '[]'],
    ['the client is disabled', 'UPDATE client SET disabled_at = ? WHERE id = ?', 1],
    ['the client is deleted', 'DELETE FROM client WHERE ?1 IS NOT NULL AND id = ?2', 1],
  ])('meanwhile %s: the session ends, the person stays here and is told why', async (_name, sql, value) => {
    const client = await server.addClient({ allowedRedirectDomains: ['bye.example'] })
    const member = await signedInMember(server)
    const fields = { clientId: client.id, postLogoutRedirectUri: 'https://bye.example/' }
    const form = formOf((await ask(member.cookie, fields)).text)
    server.database.prepare(sql).run(value, client.id)
    const answer = await submit(server, form, member.cookie)
    expect(answer.status).toBe(200)
    expect(answer.headers).not.toHaveProperty('location')
    expect(headingOf(answer)).toBe('You are signed out')
    expect(answer.text).toContain('You were not sent on to the address that was asked for')
    expect(answer.setCookies).toEqual(cookieRemovals)
    expect(await acceptedOf(server, member)).toEqual([])
  })
})

test('under https, behind a proxy, the question and its answer work as well', async () => {
  await using https = await startHttpsServer()
  const { cookie } = await signedInMember(https)
  const asked = await sendLogout(https, {}, { headers: navigation('cross-site', cookie) })
  const { action, fields } = formOf(asked.text)
  const answer = await send(`${https.url}${action}`, {
    headers: { accept: 'text/html', origin: 'https://auth.example', cookie },
    form: fields,
  })
  expect(headingOf(answer)).toBe('You are signed out')
  expect(await isAccepted(https, { cookie })).toBe(false)
})
