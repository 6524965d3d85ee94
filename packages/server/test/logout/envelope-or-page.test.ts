/** Which of the two renderings a request gets, and what each looks like byte for byte. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cookieRemovals } from '../../src/http/cookies/registry.ts'
import {
  clientMarker,
  endsOnRecord,
  envelopeOf,
  headingOf,
  isAccepted,
  logoutAddresses,
  navigation,
  sendLogout,
} from '../support/logout.ts'
import { signedInMember } from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const goodbye = 'https://shop.example/bye'
const html = 'text/html; charset=utf-8'
const redirecting = () => ({ clientId: server.client.id, postLogoutRedirectUri: goodbye })

describe('who gets the envelope', () => {
  test.each<readonly [string, Record<string, string | readonly string[]>]>([
    ['no header at all', {}],
    ['curl', { accept: '*/*' }],
    ['a program that asks for JSON', { accept: 'application/json' }],
    ['a script of a page', { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }],
    ['an image of a page', { accept: 'image/avif,image/*,*/*;q=0.8', 'sec-fetch-mode': 'no-cors' }],
    ['a media type that only begins like HTML', { accept: 'text/html5, text/htmlx;q=0.1, application/text/html' }],
    ['HTML as a parameter', { accept: 'application/json;profile="text/html"' }],
    ['the official client', clientMarker],
    ['the official client with an empty marker', { 'x-wix-bi-gateway': '' }],
    ['the official client in a browser that wants HTML', { ...clientMarker, accept: 'text/html' }],
    ['the official client in what looks like a navigation', { ...navigation('cross-site'), ...clientMarker }],
  ])('%s', async (_name, headers) => {
    const { accessToken } = await signedInMember(server)
    const answer = await sendLogout(server, redirecting(), { headers: { ...headers, authorization: accessToken } })
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.headers['location']).toBeUndefined()
    expect(envelopeOf(answer)).toMatchObject({ statusCode: 302, location: goodbye })
    expect(await isAccepted(server, { accessToken })).toBe(false)
  })
})

describe('who gets the page', () => {
  test.each<readonly [string, Record<string, string | readonly string[]>]>([
    ['a browser', navigation('none')],
    ['a navigation whose Accept says nothing', { 'sec-fetch-mode': 'navigate', accept: '*/*' }],
    ['a browser without Fetch Metadata', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }],
    ['HTML in the middle of a list', { accept: 'application/json, text/html;q=0.1 , */*' }],
    ['HTML in capitals', { accept: 'Text/HTML' }],
    ['HTML in the second of several Accept headers', { accept: ['application/json', 'text/html'] }],
  ])('%s', async (_name, headers) => {
    const { accessToken } = await signedInMember(server)
    const answer = await sendLogout(server, redirecting(), { headers: { ...headers, authorization: accessToken } })
    expect(answer.status).toBe(302)
    expect(answer.headers['content-type']).toBe(html)
    expect(answer.headers['location']).toBe(goodbye)
    expect(await isAccepted(server, { accessToken })).toBe(false)
  })

  test('by POST as by GET, at every address', async () => {
    for (const address of logoutAddresses) {
      const { cookie } = await signedInMember(server)
      const answer = await send(`${server.url}${address}`, {
        form: redirecting(),
        headers: { ...navigation('same-origin', cookie), origin: server.url },
      })
      expect(answer).toMatchObject({ status: 302, headers: { location: goodbye } })
      expect(await isAccepted(server, { cookie })).toBe(false)
    }
  })
})

describe('the envelope', () => {
  test('without a redirect: exactly these fields, these headers in this order, padded base64', async () => {
    const { accessToken } = await signedInMember(server)
    const answer = await sendLogout(server, {}, { headers: { authorization: accessToken } })
    const message = answer.json<Record<string, unknown>>()
    expect(Object.keys(message).toSorted()).toEqual(['body', 'headers', 'statusCode'])
    expect(message['statusCode']).toBe(200)
    expect(message['headers']).toEqual([
      ...cookieRemovals.map((value) => ({ key: 'Set-Cookie', value })),
      { key: 'Content-Type', value: html },
      { key: 'Cache-Control', value: 'no-store' },
    ])
    expect(message['body']).toMatch(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)
    expect(envelopeOf(answer).html).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/)
  })

  test('with a redirect: Location besides, a status of 302 inside, and a page that links to the target', async () => {
    const { accessToken } = await signedInMember(server)
    const answer = await sendLogout(server, redirecting(), { headers: { authorization: accessToken } })
    const { statusCode, headers, html: page } = envelopeOf(answer)
    expect(statusCode).toBe(302)
    expect(headers).toEqual([
      ...cookieRemovals.map((value) => ({ key: 'Set-Cookie', value })),
      { key: 'Location', value: goodbye },
      { key: 'Content-Type', value: html },
      { key: 'Cache-Control', value: 'no-store' },
    ])
    expect(page).toContain(`<a href="${goodbye}">`)
  })

  test('the real answer is 200, is not stored, and removes the cookies as well', async () => {
    const { accessToken } = await signedInMember(server)
    const answer = await sendLogout(server, redirecting(), { headers: { authorization: accessToken } })
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['location']).toBeUndefined()
    expect(answer.setCookies).toEqual(cookieRemovals)
  })
})

describe('the page', () => {
  test('with a redirect: 302, Location, one Set-Cookie for each cookie, and a tiny page with a link', async () => {
    const { cookie } = await signedInMember(server)
    const answer = await sendLogout(server, redirecting(), { headers: navigation('same-origin', cookie) })
    expect(answer.status).toBe(302)
    expect(answer.headers).toMatchObject({ location: goodbye, 'cache-control': 'no-store', 'content-type': html })
    expect(answer.setCookies).toEqual(cookieRemovals)
    expect(answer.text).toContain(`<a href="${goodbye}">Continue to shop.example</a>`)
    expect(answer.text.length).toBeLessThan(1000)
  })

  test('without a redirect: 200 and the page that says what happened', async () => {
    const { cookie } = await signedInMember(server)
    const answer = await sendLogout(server, {}, { headers: navigation('same-origin', cookie) })
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': html })
    expect(answer.headers['location']).toBeUndefined()
    expect(answer.setCookies).toEqual(cookieRemovals)
    expect(headingOf(answer)).toBe('You are signed out')
  })

  test('L-18: it tells what happened: ended now, ended before, nobody there; and never that an app was signed out', async () => {
    const { cookie } = await signedInMember(server)
    const pages: Received[] = []
    for (const headers of [
      navigation('same-origin', cookie),
      navigation('same-origin', cookie),
      navigation('same-origin'),
    ]) {
      pages.push(await sendLogout(server, {}, { headers }))
    }
    expect(pages.map(headingOf)).toEqual(['You are signed out', 'You are signed out', 'Nobody was signed in'])
    expect(pages[0]?.text).toContain('Your session has ended')
    expect(pages[1]?.text).toContain('had ended before this request')
    for (const { text } of pages) expect(text).not.toMatch(/applications? (?:was|were|has|have|is|are) signed out/i)
  })

  test('L-13: nobody signed in is a success: the page, or the redirect', async () => {
    expect((await sendLogout(server, {}, { headers: navigation('cross-site') })).status).toBe(200)
    const answer = await sendLogout(server, redirecting(), { headers: navigation('cross-site') })
    expect(answer).toMatchObject({ status: 302, headers: { location: goodbye } })
  })

  test('HEAD has the headers of the page and no body', async () => {
    const { cookie } = await signedInMember(server)
    const answer = await sendLogout(server, redirecting(), {
      method: 'HEAD',
      headers: navigation('same-origin', cookie),
    })
    expect(answer).toMatchObject({ status: 302, text: '', headers: { location: goodbye } })
    expect(await isAccepted(server, { cookie })).toBe(false)
  })
})

describe('Location', () => {
  test.each([
    ['https://shop.example/bye?a=b c&d=é', 'https://shop.example/bye?a=b%20c&d=%C3%A9'],
    ['https://shop.example/bye?a=1+1', 'https://shop.example/bye?a=1+1'],
    [
      'https://shop.example/tschüß/привет#ende ✓',
      'https://shop.example/tsch%C3%BC%C3%9F/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82#ende%20%E2%9C%93',
    ],
    ['https://shop.example', 'https://shop.example/'],
    ['https://shop.example:8443/a%20b?c=%0d%0a', 'https://shop.example:8443/a%20b?c=%0d%0a'],
    [`https://shop.example/"'><b>`, "https://shop.example/%22'%3E%3Cb%3E"],
  ])('%s is sent as a URL of plain ASCII, in both renderings', async (postLogoutRedirectUri, location) => {
    const fields = { clientId: server.client.id, postLogoutRedirectUri }
    const enveloped = await sendLogout(server, fields)
    expect(envelopeOf(enveloped).location).toBe(location)
    expect(envelopeOf(enveloped).html).not.toContain('<b>')
    const raw = await sendLogout(server, fields, { headers: navigation('none') })
    expect(raw.headers['location']).toBe(location)
    expect(raw.headers['location']).toMatch(/^[!-~]+$/)
  })

  test('a query as the official client encodes it, with + for a space, is read as it was meant', async () => {
    const query = `postLogoutRedirectUri=https%3A%2F%2Fshop.example%2Fbye%3Fa%3Db+c%26d%3D%C3%A9&clientId=${server.client.id}`
    const answer = await send(`${server.url}/_api/iam/authentication/v1/logout?${query}`, { headers: clientMarker })
    expect(envelopeOf(answer).location).toBe('https://shop.example/bye?a=b%20c&d=%C3%A9')
  })

  test('keeps the address as it is: nothing is added to it', async () => {
    const answer = await sendLogout(server, { ...redirecting(), postLogoutRedirectUri: `${goodbye}?x=1` })
    expect(envelopeOf(answer).location).toBe(`${goodbye}?x=1`)
  })
})

test('L-14: five credentials get five envelopes that nothing tells apart, and one end is on record', async () => {
  const { accessToken } = await signedInMember(server)
  const stranger = await startTestServer()
  const { accessToken: foreign } = await signedInMember(stranger)
  await stranger.close()
  const expired = await signedInMember(server)
  // The session of this one is over by then, and so is the token.
  await sendLogout(server, {}, { headers: { authorization: expired.accessToken } })
  server.clock.advance(24 * 60 * 60_000)
  const live = await signedInMember(server)

  const before = (await endsOnRecord(server)).length
  const credentials = [
    ['live', live.accessToken],
    ['ended', live.accessToken],
    ['expired and ended', expired.accessToken],
    ['unknown', foreign],
    ['damaged', `${accessToken.slice(0, -6)}AAAAAA`],
    ['absent', undefined],
  ] as const
  for (const fields of [{}, redirecting()]) {
    const answers: Received[] = []
    for (const [, authorization] of credentials) {
      answers.push(await sendLogout(server, fields, { headers: authorization === undefined ? {} : { authorization } }))
    }
    const comparable = answers.map(({ status, text, headers }) => {
      const { date: _date, 'x-wix-request-id': id, ...rest } = headers
      expect(id).toMatch(/^[0-9a-f-]{36}$/)
      return { status, text, headers: rest }
    })
    for (const [index, each] of comparable.entries()) {
      expect(each, credentials[index]?.[0]).toEqual(comparable[0])
    }
    expect(new Set(answers.map(({ headers }) => headers['x-wix-request-id'])).size).toBe(answers.length)
  }
  const ends = (await endsOnRecord(server)).slice(before)
  expect(ends).toHaveLength(1)
  expect(ends[0]).toMatchObject({ kind: 'session', cause: 'logout', memberId: live.memberId })
})

test('L-14: the same cookie five times gets the same envelope five times, and one end is on record', async () => {
  const { cookie } = await signedInMember(server)
  const before = (await endsOnRecord(server)).length
  const bodies = new Set<string>()
  for (let time = 0; time < 5; time += 1) {
    const answer = await sendLogout(server, {}, { headers: { cookie, 'sec-fetch-site': 'same-origin' } })
    expect(answer.status).toBe(200)
    bodies.add(answer.text)
  }
  expect(bodies.size).toBe(1)
  expect(await endsOnRecord(server)).toHaveLength(before + 1)
})
