import { expect, test } from 'vitest'
import { type Credential, present, useUp } from '../support/credentials.ts'
import { type LastingServer, startLastingServer } from '../support/lasting-server.ts'
import { day, hour, minute } from '../support/manual-clock.ts'
import {
  authorizeWithCookie,
  authorizeWithTicket,
  exchange,
  loginTicket,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { askToRefresh, endEveryone, logoutTicket, tokensOf } from '../support/requests.ts'
import { send } from '../support/send.ts'
import type { TestServer } from '../support/test-server.ts'
import { everywhere, waysOut } from './ways-out.ts'

/** Steps of time from one replay to the next: 401 days in all, across every limit, expiry and time of keeping. */
const steps = [hour, day, 6 * day, 23 * day, day, 30 * day, 118 * day, day, 184 * day, day, 36 * day]

test('D-19: whatever was handed out and ended is never accepted again, at any age, before and after cleaning up and restarts', async () => {
  // With a longer idle limit than an end is kept for, so that it is not idleness that keeps the old sessions dead.
  await using lasting = await startLastingServer({ sessionIdleMs: 120 * day })
  const old = await everythingThatEnded(lasting)
  const kinds = new Set(old.map(({ kind }) => kind))
  expect(kinds.size).toBe(8)

  await expectRefused(lasting.current(), old)
  for (const [index, step] of steps.entries()) {
    lasting.clock.advance(step)
    // In turns: looked at as time left it, after the cleaning up, and by a server that has started anew.
    if (index % 3 === 0) await expectRefused(lasting.current(), old)
    await lasting.current().reapNow()
    if (index % 3 === 1) await lasting.restart()
    await expectRefused(lasting.current(), old)
  }
  // Everything of theirs has been cleaned up by now; what is new is none the worse.
  expect(await lasting.current().contents.count('visitor_tombstone')).toBe(0)
  expect(await lasting.current().contents.count('session')).toBe(0)
  const member = await signedInMember(lasting.current())
  expect(await present(lasting.current(), credential(lasting.current(), 'cookie', member.cookie))).toEqual({
    'session check': true,
  })
})

test('D-19: a clock that is put back by less than a day after the cleaning up revives no visitor', async () => {
  await using lasting = await startLastingServer()
  const { clock } = lasting
  const server = lasting.current()
  const closed = await visitorTokens(server)
  const open = await visitorTokens(server)
  await send(`${server.url}/v1/logout?logoutTicket=${await logoutTicket(server, closed.accessToken)}`)
  const until = clock.now() + 366 * day
  for (const at of [until - 2 * minute, until, until + minute]) {
    clock.set(at)
    await server.reapNow()
    clock.set(at - day + minute)
    expect((await askToRefresh(server, closed.refreshToken)).status).toBe(400)
  }
  clock.set(until - 2 * day)
  expect((await askToRefresh(server, open.refreshToken)).status).toBe(200)
})

/** Hands out one of everything, several times over, and ends all of it, in every way there is. */
async function everythingThatEnded(lasting: LastingServer): Promise<readonly Credential[]> {
  const server = lasting.current()
  const rotating = { ...server, client: await server.addClient({ refreshTokenPolicy: 'rotating' }) }
  const old: Credential[] = []

  // Nobody ends these: their time does.
  const unclaimed = await registerMember(server)
  const idle = await signedInMember(server)
  lasting.clock.advance(120 * day)
  old.push(
    credential(server, 'session ticket', unclaimed.sessionToken),
    credential(server, 'cookie', idle.cookie),
    credential(server, 'access token', idle.accessToken),
    credential(server, 'refresh token', idle.refreshToken),
  )

  for (const wayOut of [...Object.values(waysOut), everywhere]) {
    const member = await signedInMember(server)
    const spentCode = await authorizeWithCookie(server, member.cookie, rotating.client)
    const first = await exchange(server, spentCode, rotating.client)
    const second = tokensOf(await askToRefresh(rotating, first.refreshToken))
    const ticket = await logoutTicket(server, member.accessToken)
    const code = await authorizeWithCookie(server, member.cookie, rotating.client)
    const logOut = await wayOut(server, member)
    await logOut()
    old.push(
      credential(server, 'session ticket', member.sessionToken),
      credential(server, 'cookie', member.cookie),
      credential(server, 'access token', member.accessToken),
      credential(server, 'refresh token', member.refreshToken),
      credential(server, 'logout ticket', ticket),
      credential(rotating, 'code', spentCode),
      credential(rotating, 'code', code),
      ...[first, second].flatMap(({ accessToken, refreshToken }) => [
        credential(rotating, 'access token', accessToken),
        credential(rotating, 'refresh token', refreshToken),
      ]),
    )
  }

  const closed = await visitorTokens(server)
  const closing = await logoutTicket(server, closed.accessToken)
  await send(`${server.url}/v1/logout?logoutTicket=${closing}`)
  const { email } = await registerMember(server)
  const caught = await visitorTokens(server)
  const unused = [await loginTicket(server, email), await loginTicket(server, email)]
  const { code, cookie } = await authorizeWithTicket(server, unused[0] ?? '')
  await endEveryone(server)
  old.push(
    ...[closed, caught].flatMap(({ accessToken, refreshToken }) => [
      credential(server, 'visitor access token', accessToken),
      credential(server, 'visitor refresh token', refreshToken),
    ]),
    credential(server, 'logout ticket', closing),
    ...unused.map((text) => credential(server, 'session ticket', text)),
    credential(server, 'code', code),
    credential(server, 'cookie', cookie ?? ''),
  )
  return old
}

async function expectRefused(server: TestServer, old: readonly Credential[]): Promise<void> {
  const accepted: string[] = []
  for (const [index, one] of old.entries()) {
    const verdicts = { ...(await present(server, one)), ...(await useUp(server, one)) }
    for (const [place, isAccepted] of Object.entries(verdicts)) {
      if (isAccepted) accepted.push(`${one.kind} (${index}): ${place}`)
    }
  }
  expect(accepted).toEqual([])
}

function credential({ client }: TestServer, kind: Credential['kind'], text: string): Credential {
  return { kind, text, client }
}
