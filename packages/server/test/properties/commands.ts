/** What may happen, one thing at a time: done to the real server and to the model, and compared. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Client } from '../../src/domain/client.ts'
import { administer, block, unblock } from '../support/administer.ts'
import { present } from '../support/credentials.ts'
import type { LastingServer } from '../support/lasting-server.ts'
import { day, hour, minute, second } from '../support/manual-clock.ts'
import { authorizeQuery, cookieOf, visitorTokens } from '../support/members.ts'
import {
  askForLogoutTicket,
  askToExchange,
  askToRefresh,
  codeIn,
  endEveryone,
  logoutTicket,
  ticketOf,
  tokensOf,
} from '../support/requests.ts'
import { type Received, send } from '../support/send.ts'
import type { TestServer } from '../support/test-server.ts'
import {
  endSessionsOf,
  type Grant,
  type Held,
  type HeldOf,
  isGood,
  isGrantAlive,
  type Kind,
  lifetimes,
  type Member,
  type Model,
  type RefreshToken,
  recordEnds,
  type Session,
  shutOut,
  startSession,
  takeUpGrant,
  use,
} from './model.ts'

export interface Real {
  readonly lasting: LastingServer
  /** One whose refresh tokens are reusable, and one whose rotate. */
  readonly clients: readonly [Client, Client]
}

export type Command = fc.AsyncCommand<Model, Real>

/** Picks one of a list by a number that fast-check made; a new one each time. */
type Pick = <T>(from: readonly T[]) => T | undefined

/** @param act - Does it to the server and to the model. Resolves to `false` when there is nothing to do it with. */
function command(name: string, act: (model: Model, real: Real, pick: Pick) => Promise<unknown>): fc.Arbitrary<Command> {
  return fc.array(fc.nat(), { minLength: 8, maxLength: 8 }).map((numbers) => ({
    check: () => true,
    run: async (model, real) => {
      let picked = 0
      const pick: Pick = (from) => from[(numbers[picked++ % numbers.length] ?? 0) % from.length]
      await act(model, real, pick)
      await compareSome(model, real, pick)
    },
    toString: () => `${name}(${numbers.join(' ')})`,
  }))
}

/** After each command: what was handed out last, and some of the rest. */
async function compareSome(model: Model, real: Real, pick: Pick): Promise<void> {
  const sample = [model.held.at(-1), model.held.at(-2), pick(model.held), pick(model.held)]
  for (const held of new Set(sample)) if (held !== undefined) await compare(model, real, held)
}

/** Presents a credential wherever that uses nothing up, and expects what the model says. */
export async function compare(model: Model, { lasting }: Real, held: Held): Promise<void> {
  const expected = isGood(model, held)
  for (const [place, accepted] of Object.entries(await present(lasting.current(), held))) {
    expect(`${held.kind} ${held.text} at ${place}: ${accepted}`).toBe(
      `${held.kind} ${held.text} at ${place}: ${expected}`,
    )
  }
  if (expected && held.kind === 'access token') use(model, held.grant.session)
  if (expected && held.kind === 'cookie') use(model, held.session)
}

/** Presents every credential ever handed out: first where nothing is used up, then where it is, then once more. */
export async function compareAll(model: Model, real: Real): Promise<void> {
  const all = [...model.held]
  for (const held of all) await compare(model, real, held)
  for (const held of all) {
    if (held.kind === 'session ticket') await authorizeByTicket(model, real, { ticket: held, client: held.client })
    if (held.kind === 'code') await exchange(model, real, held)
    if (held.kind === 'refresh token') await refresh(model, real, held)
  }
  for (const held of model.held) await compare(model, real, held)
}

/** Mostly one that is good, so that things happen; else any, so that refusals do. */
function pickOf<Name extends Kind>(model: Model, pick: Pick, kind: Name): HeldOf<Name> | undefined {
  const all = heldOf(model, kind)
  const good = all.filter((held) => isGood(model, held))
  return pick(good.length > 0 && pick([true, true, true, false]) ? good : all)
}

/** The browser in which something happens: with a cookie, good or not, or without one. */
function pickBrowser(model: Model, pick: Pick): HeldOf<'cookie'> | undefined {
  return pick([true, false]) ? pickOf(model, pick, 'cookie') : undefined
}

function heldOf<Name extends Kind>(model: Model, kind: Name): readonly HeldOf<Name>[] {
  return model.held.filter((held): held is HeldOf<Name> => held.kind === kind)
}

function at({ lasting }: Real, client?: Client): TestServer {
  const server = lasting.current()
  return client === undefined ? server : { ...server, client }
}

// --- Coming in ---

const register = command('register', (model, real) => registerMember(model, real))

async function registerMember(model: Model, real: Real): Promise<HeldOf<'session ticket'>> {
  const [email, password] = [`${randomUUID()}@shop.example`, randomUUID()]
  const answer = await send(`${at(real).url}/v2/register`, { json: { loginId: { email }, password } })
  expect(answer.status).toBe(200)
  const { id } = answer.json<{ identity: { id: string } }>().identity
  const member: Member = { id, email, standing: 'active', password, formerPasswords: [] }
  model.members.push(member)
  return holdTicket(model, real, member, answer)
}

/** The whole way at once, for a run that gets somewhere. */
const signIn = command('register and get tokens', async (model, real, pick) => {
  const ticket = await registerMember(model, real)
  const client = pick(real.clients) ?? ticket.client
  const code = await authorizeByTicket(model, real, { ticket, client })
  if (code !== undefined) await exchange(model, real, code)
})

const logIn = command('log in', async (model, real, pick) => {
  const member = pick(model.members)
  if (member === undefined) return
  const answer = await askToLogIn(real, member, member.password)
  expect(answer.status).toBe({ active: 200, blocked: 403, deleted: 404 }[member.standing])
  if (member.standing === 'active') holdTicket(model, real, member, answer)
})

const logInWithFormerPassword = command('log in with a former password', async (model, real, pick) => {
  const member = pick(model.members.filter(({ formerPasswords }) => formerPasswords.length > 0))
  const password = pick(member?.formerPasswords ?? [])
  if (member === undefined || password === undefined) return
  expect((await askToLogIn(real, member, password)).status).not.toBe(200)
})

const logInByForm = command('log in by the form', async (model, real, pick) => {
  const member = pick(model.members)
  const client = pick(real.clients)
  if (member === undefined || client === undefined) return
  const browser = pickBrowser(model, pick)
  const server = at(real)
  const answer = await send(`${server.url}/oauth2/authorize`, {
    headers: { origin: server.url, 'sec-fetch-site': 'same-origin', ...cookieHeader(browser) },
    form: {
      ...Object.fromEntries(new URLSearchParams(authorizeQuery(client, { prompt: 'login' }))),
      email: member.email,
      password: member.password,
    },
  })
  const cookie = cookieOf(answer.setCookies)
  if (member.standing !== 'active') {
    expect([answer.status, cookie]).toEqual([member.standing === 'blocked' ? 403 : 401, undefined])
    return
  }
  if (browser !== undefined) browser.session.over = true
  if (cookie === undefined) throw new Error(`The form set no cookie: ${answer.status}`)
  const session = startSession(model, member, { cookie, claimBy: null })
  model.held.push({ kind: 'cookie', text: cookie, client, session })
  holdCode(model, session, client, answer)
})

const useTicket = command('authorize by ticket', async (model, real, pick) => {
  const ticket = pickOf(model, pick, 'session ticket')
  const client = pick(real.clients)
  if (ticket === undefined || client === undefined) return
  await authorizeByTicket(model, real, { ticket, client, browser: pickBrowser(model, pick) })
})

async function authorizeByTicket(
  model: Model,
  real: Real,
  about: { ticket: HeldOf<'session ticket'>; client: Client; browser?: HeldOf<'cookie'> | undefined },
): Promise<HeldOf<'code'> | undefined> {
  const { ticket, client, browser } = about
  const { session } = ticket
  const expected = isGood(model, ticket)
  // With another prompt than none, a ticket that is no good leads to the form and not to the cookie's session.
  const query = authorizeQuery(client, { sessionToken: ticket.text, prompt: 'login' })
  const answer = await send(`${at(real).url}/oauth2/authorize?${query}`, { headers: cookieHeader(browser) })
  expect(codeIn(answer) !== undefined).toBe(expected)
  if (!expected) return undefined
  ticket.spent = true
  session.claimBy = null
  const present = browser !== undefined && isGood(model, browser) ? browser.session : undefined
  const cookie = cookieOf(answer.setCookies)
  // A ticket never takes the place of another member's session.
  expect(cookie !== undefined).toBe(present === undefined || present.member === session.member)
  if (cookie !== undefined) {
    if (present !== undefined) present.over = true
    session.cookie = cookie
    model.held.push({ kind: 'cookie', text: cookie, client, session })
  }
  return holdCode(model, session, client, answer)
}

const logInSilently = command('authorize by cookie', async (model, real, pick) => {
  const cookie = pickOf(model, pick, 'cookie')
  const client = pick(real.clients)
  if (cookie === undefined || client === undefined) return
  const answer = await send(`${at(real).url}/oauth2/authorize?${authorizeQuery(client)}`, {
    headers: cookieHeader(cookie),
  })
  const expected = isGood(model, cookie)
  expect(codeIn(answer) !== undefined).toBe(expected)
  if (expected) holdCode(model, cookie.session, client, answer)
})

// --- Tokens ---

const exchangeCode = command('exchange a code', async (model, real, pick) => {
  const code = pickOf(model, pick, 'code')
  if (code !== undefined) await exchange(model, real, code)
})

const exchangeAgain = command('exchange a spent code', async (model, real, pick) => {
  const code = pick(heldOf(model, 'code').filter(({ becameOf }) => becameOf !== null))
  if (code !== undefined) await exchange(model, real, code)
})

async function exchange(model: Model, real: Real, code: HeldOf<'code'>): Promise<void> {
  const expected = isGood(model, code)
  const answer = await askToExchange(at(real, code.client), code.text)
  expect(answer.status).toBe(expected ? 200 : 400)
  if (expected) {
    code.becameOf = takeUpGrant(model, code.session, code.client)
    holdTokens(model, code.becameOf, answer)
  } else if (code.becameOf !== null && model.now < code.until) {
    // A second use that fits in everything: one of the two did not come from the client.
    code.becameOf.over = true
  }
}

const exchangeWrongly = command('exchange a code wrongly', async (model, real, pick) => {
  const code = pickOf(model, pick, 'code')
  const other = real.clients.find(({ id }) => id !== code?.client.id)
  if (code === undefined || other === undefined) return
  const answer = await (pick([true, false])
    ? askToExchange(at(real, code.client), code.text, 'w'.repeat(43))
    : askToExchange(at(real, other), code.text))
  expect(answer.status).toBe(400)
})

const refreshTokens = command('refresh', async (model, real, pick) => {
  const token = pickOf(model, pick, 'refresh token')
  if (token !== undefined) await refresh(model, real, token)
})

const refreshAgain = command('refresh with a spent token', async (model, real, pick) => {
  const token = pick(heldOf(model, 'refresh token').filter(({ spentAt }) => spentAt !== null))
  if (token !== undefined) await refresh(model, real, token)
})

async function refresh(model: Model, real: Real, token: RefreshToken): Promise<void> {
  const { grant, successor } = token
  const answer = await askToRefresh(at(real, token.client), token.text)
  const alive = isGrantAlive(model, grant)
  const retry =
    token.spentAt !== null &&
    model.now - token.spentAt <= lifetimes.retry &&
    successor !== null &&
    successor.spentAt === null
  const expected = alive && (token.spentAt === null || retry)
  expect(answer.status).toBe(expected ? 200 : 400)
  if (!expected) {
    // A spent token whose time is over, or whose successor was used: two hold it.
    if (token.spentAt !== null) grant.over = true
    return
  }
  const { refreshToken } = tokensOf(answer)
  use(model, grant.session)
  if (token.client.refreshTokenPolicy === 'reusable') expect(refreshToken).toBe(token.text)
  else if (successor !== null) expect(refreshToken).toBe(successor.text)
  else expect(refreshToken).not.toBe(token.text)
  const given = holdTokens(model, grant, answer)
  if (given !== token && token.spentAt === null) {
    token.spentAt = model.now
    token.successor = given
  }
}

// --- Passwords ---

const changePassword = command('change the password', async (model, real, pick) => {
  const token = pickOf(model, pick, 'access token')
  if (token === undefined) return
  const { session } = token.grant
  const { member } = session
  const cookie = pick([true, false]) ? session.cookie : null
  const newPassword = randomUUID()
  const answer = await send(`${at(real).url}/v2/change-password`, {
    json: { newPassword },
    headers: { authorization: token.text, ...(cookie === null ? {} : { cookie }) },
  })
  const expected = isGood(model, token)
  expect(answer.status).toBe(expected ? 200 : 401)
  if (!expected) return
  member.formerPasswords.push(member.password)
  member.password = newPassword
  use(model, session)
  endSessionsOf(model, member, session)
  // The session stays, under a new secret for the browser that asked, or for nobody.
  session.cookie = cookieOf(answer.setCookies) ?? null
  expect(session.cookie === null).toBe(cookie === null)
  if (session.cookie !== null) model.held.push({ kind: 'cookie', text: session.cookie, client: token.client, session })
})

// --- Leaving ---

const prepareLogout = command('prepare a logout', async (model, real, pick) => {
  const token = pickOf(model, pick, 'access token')
  if (token === undefined) return
  const { session } = token.grant
  const text = ticketOf(await askForLogoutTicket(at(real, token.client), token.text))
  expect(text !== undefined).toBe(isGood(model, token))
  if (text === undefined) return
  use(model, session)
  const until = model.now + lifetimes.logoutTicket
  model.held.push({ kind: 'logout ticket', text, client: token.client, session, until, spent: false })
})

/** However dead what names the session may be, the answer is success; and of a session that it names nothing is left. */
const logOut = command('log out', async (model, real, pick) => {
  const { url } = at(real)
  const leaving = pickOf(model, pick, pick(['access token', 'cookie', 'logout ticket']) ?? 'cookie')
  if (leaving === undefined) return
  const headers = leaving.kind === 'cookie' ? cookieHeader(leaving) : { authorization: leaving.text }
  const asking = { ...headers, 'x-requested-with': 'fetch' }
  const answer = await (leaving.kind === 'logout ticket'
    ? send(`${url}/v1/logout?logoutTicket=${leaving.text}`)
    : (pick([
        () => send(`${url}/v1/logout`, { headers: asking }),
        () => send(`${url}/v1/logout`, { headers: asking, json: {} }),
        () => send(`${url}/v1/sessions/current`, { headers: asking, method: 'DELETE' }),
      ])?.() ?? Promise.reject(new RangeError('There is always a form'))))
  expect([200, 204]).toContain(answer.status)
  if (leaving.kind === 'access token') leaving.grant.session.over = true
  if (leaving.kind === 'cookie') leaving.session.over = true
  if (leaving.kind === 'logout ticket' && isGood(model, leaving)) {
    leaving.spent = true
    leaving.session.over = true
  }
})

const logOutEverywhere = command('log out everywhere, or all others', async (model, real, pick) => {
  const token = pickOf(model, pick, 'access token')
  const others = pick([true, false]) === true
  if (token === undefined) return
  const { session } = token.grant
  const answer = await send(`${at(real).url}/v1/sessions${others ? '?except=current' : ''}`, {
    method: 'DELETE',
    headers: { authorization: token.text },
  })
  const isRepeated = session.leftEverywhere && !others && model.now < token.until
  const mayAct = isGood(model, token)
  expect(answer.status).toBe(mayAct || isRepeated ? 204 : 401)
  if (!mayAct) return
  use(model, session)
  endSessionsOf(model, session.member, others ? session : undefined)
})

const blockSomebody = command('block a member', async (model, real, pick) => {
  const member = pick(model.members.filter(({ standing }) => standing !== 'deleted'))
  if (member === undefined) return
  await block(at(real), member.id)
  shutOut(model, member, 'blocked')
})

const unblockSomebody = command('unblock a member', async (model, real, pick) => {
  const member = pick(model.members.filter(({ standing }) => standing === 'blocked'))
  if (member === undefined) return
  await unblock(at(real), member.id)
  member.standing = 'active'
})

const deleteSomebody = command('delete a member', async (model, real, pick) => {
  const member = pick(model.members)
  if (member === undefined) return
  expect((await administer(at(real), 'DELETE', `/members/${member.id}`)).status).toBe(200)
  shutOut(model, member, 'deleted')
})

const endAll = command('end everyone', async (model, real) => {
  await endEveryone(at(real))
  model.generation += 1
})

// --- Visitors ---

const visit = command('visit', async (model, real, pick) => {
  const client = pick(real.clients)
  if (client === undefined) return
  const { accessToken, refreshToken } = await visitorTokens(at(real), client)
  const visitor = { generation: model.generation, over: false }
  model.held.push(
    { kind: 'visitor access token', text: accessToken, client, visitor, until: untilOfAccessToken(model) },
    {
      kind: 'visitor refresh token',
      text: refreshToken,
      client,
      visitor,
      until: model.now + lifetimes.visitorRefreshToken,
    },
  )
})

const closeVisitor = command('log a visitor out', async (model, real, pick) => {
  const token = pick(heldOf(model, 'visitor access token').filter((held) => isGood(model, held)))
  if (token === undefined) return
  const ticket = await logoutTicket(at(real, token.client), token.text)
  expect((await send(`${at(real).url}/v1/logout?logoutTicket=${ticket}`)).status).toBe(200)
  token.visitor.over = true
})

// --- Time, and what the operator does ---

function letPass(...lengths: readonly number[]): fc.Arbitrary<Command> {
  return fc.constantFrom(...lengths).map((ms) => ({
    check: () => true,
    run: async (model, { lasting }) => {
      await lasting.current().quiet()
      lasting.clock.advance(ms)
      model.now += ms
    },
    toString: () => `let ${ms} ms pass`,
  }))
}

const seconds = letPass(second, 2 * second, 8 * second, 9 * second, 49 * second)
const minutes = letPass(minute, 4 * minute, 5 * minute, 10 * minute)
const longer = letPass(hour, day, 29 * day, 30 * day, 60 * day)

const cleanUp = command('clean up', async (model, real) => {
  await at(real).reapNow()
  recordEnds(model)
})

const restart = command('restart', async (_model, { lasting }) => lasting.restart())

/** All of them. What keeps sessions going comes up more often than what ends them all, or there would be little to end. */
export const commands: readonly fc.Arbitrary<Command>[] = [
  ...[signIn, signIn, register, logIn, logIn, logInWithFormerPassword, logInByForm],
  ...[useTicket, useTicket, useTicket, logInSilently, logInSilently],
  ...[exchangeCode, exchangeCode, exchangeCode, exchangeAgain, exchangeWrongly],
  ...[refreshTokens, refreshTokens, refreshTokens, refreshAgain, refreshAgain],
  ...[changePassword, prepareLogout, logOut, logOut, logOutEverywhere, endAll],
  ...[blockSomebody, unblockSomebody, unblockSomebody, deleteSomebody],
  ...[visit, closeVisitor, seconds, seconds, minutes, longer, cleanUp, restart],
]

// --- What answers hand out ---

function holdTicket(
  model: Model,
  { clients: [client] }: Real,
  member: Member,
  answer: Received,
): HeldOf<'session ticket'> {
  const until = model.now + lifetimes.sessionTicket
  const session = startSession(model, member, { cookie: null, claimBy: until })
  const { sessionToken: text } = answer.json<{ sessionToken: string }>()
  return hold(model, { kind: 'session ticket', text, client, session, until, spent: false })
}

function holdCode(model: Model, session: Session, client: Client, answer: Received): HeldOf<'code'> {
  const text = codeIn(answer)
  if (text === undefined) throw new Error(`No code was issued: ${answer.status}`)
  return hold(model, { kind: 'code', text, client, session, until: model.now + lifetimes.code, becameOf: null })
}

/** Holds both tokens and gives the one to refresh with, which may be one that was held before. */
function holdTokens(model: Model, grant: Grant, answer: Received): RefreshToken {
  const { client } = grant
  const { accessToken, refreshToken: text } = tokensOf(answer)
  const known = heldOf(model, 'refresh token').find((held) => held.text === text)
  const held: RefreshToken = known ?? { kind: 'refresh token', text, client, grant, spentAt: null, successor: null }
  if (known === undefined) model.held.push(held)
  model.held.push({ kind: 'access token', text: accessToken, client, grant, until: untilOfAccessToken(model) })
  return held
}

function hold<One extends Held>(model: Model, held: One): One {
  model.held.push(held)
  return held
}

function untilOfAccessToken({ now }: Model): number {
  return Math.floor(now / second) * second + lifetimes.accessToken
}

function cookieHeader(cookie: HeldOf<'cookie'> | undefined): Readonly<Record<string, string>> {
  return cookie === undefined ? {} : { cookie: cookie.text }
}

function askToLogIn(real: Real, { email }: Member, password: string): Promise<Received> {
  return send(`${at(real).url}/v2/login`, { json: { loginId: { email }, password } })
}
