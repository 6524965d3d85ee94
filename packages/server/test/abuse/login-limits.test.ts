/** Failed logins make the next ones wait, are counted for accounts and for addresses, and end nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PasswordHasher } from '../../src/ports/password-hasher.ts'
import { refusalOf } from '../support/answers.ts'
import {
  addressOf,
  logInByFormFrom,
  logInFrom,
  retryAfterOf,
  sendFrom,
  startProxiedServer,
} from '../support/from-address.ts'
import { day, minute, second } from '../support/manual-clock.ts'
import { acceptedOf, everythingAccepted, password, registerMember, signedInMember } from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { newServerDatabase } from '../support/server-database.ts'
import type { TestServer } from '../support/test-server.ts'

let server: TestServer
let hashes = 0
const countingHasher = (_hasher: PasswordHasher): PasswordHasher => {
  const quick = quickHasher()
  const counted = <T>(work: Promise<T>) => {
    hashes += 1
    return work
  }
  return {
    ...quick,
    verify: (given, encoded) => counted(quick.verify(given, encoded)),
    verifyDummy: (given) => counted(quick.verifyDummy(given)),
  }
}
beforeAll(async () => {
  server = await startProxiedServer({ decorateHasher: countingHasher })
})
afterAll(() => server.close())

let addresses = 0
/** One that nothing came from yet. */
const freshAddress = () => {
  addresses += 1
  return addressOf(addresses)
}

const wrong = 'not the passphrase'
const throttled = '429 THROTTLED_FEATURE'

async function failFrom(address: () => string, email: string, times: number): Promise<void> {
  for (let attempt = 0; attempt < times; attempt += 1) {
    const answer = await logInFrom(address(), server, email, wrong)
    if (!['401 -19976', '404 -19999'].includes(refusalOf(answer))) throw new Error(`It is throttled: ${answer.text}`)
  }
}

describe.each([
  [
    'one address',
    () => {
      const address = freshAddress()
      return () => address
    },
  ],
  ['an address for each attempt', () => freshAddress],
] as const)('from %s', (_where, addressesOf) => {
  test('P-08: after ten failures each attempt waits longer than the one before, and never more than 15 minutes', async () => {
    const address = addressesOf()
    const { email } = await registerMember(server)
    await failFrom(address, email, 10)
    const waits: number[] = []
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const refused = await logInFrom(address(), server, email)
      expect(refusalOf(refused)).toBe(throttled)
      waits.push(retryAfterOf(refused))
      server.clock.advance(retryAfterOf(refused) * second)
      await failFrom(address, email, 1)
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900])
  })
})

test('P-08: during a wait the right password is refused, and once it is over it is taken', async () => {
  const { email } = await registerMember(server)
  await failFrom(freshAddress, email, 10)
  const refused = await logInFrom(freshAddress(), server, email)
  expect(refusalOf(refused)).toBe(throttled)
  expect(refused.json()).toMatchObject({
    details: { applicationError: { data: { retryAfterSeconds: retryAfterOf(refused) } } },
  })
  server.clock.advance(retryAfterOf(refused) * second - 1)
  expect(refusalOf(await logInFrom(freshAddress(), server, email))).toBe(throttled)
  server.clock.advance(1)
  expect((await logInFrom(freshAddress(), server, email)).status).toBe(200)
})

test('P-08: failures end no session', async () => {
  const member = await signedInMember(server)
  await failFrom(freshAddress, member.email, 10)
  expect(refusalOf(await logInFrom(freshAddress(), server, member.email))).toBe(throttled)
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
})

test('a success ends the row of failures, also the one that a wait came of', async () => {
  const { email } = await registerMember(server)
  await failFrom(freshAddress, email, 9)
  expect((await logInFrom(freshAddress(), server, email)).status).toBe(200)
  await failFrom(freshAddress, email, 9)
  expect((await logInFrom(freshAddress(), server, email)).status).toBe(200)
})

test('failures of a day ago make nobody wait', async () => {
  const { email } = await registerMember(server)
  await failFrom(freshAddress, email, 9)
  server.clock.advance(day)
  await failFrom(freshAddress, email, 9)
  expect((await logInFrom(freshAddress(), server, email)).status).toBe(200)
})

test('the case and the composition of an address make no other account of it', async () => {
  const { email } = await registerMember(server)
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const written = attempt % 2 === 0 ? email.toUpperCase() : email
    await logInFrom(freshAddress(), server, written, wrong)
  }
  expect(refusalOf(await logInFrom(freshAddress(), server, email))).toBe(throttled)
})

test('P-07, P-08: an address that nobody has is throttled like one that somebody has', async () => {
  const { email } = await registerMember(server)
  const answers = await Promise.all(
    [email, 'nobody.at.all@shop.example'].map(async (each) => {
      await failFrom(freshAddress, each, 10)
      return [await logInFrom(freshAddress(), server, each), await logInByFormFrom(freshAddress(), server, each)]
    }),
  )
  const [known, unknown] = answers.map((each) =>
    each.map(({ status, headers, text }) => ({
      status,
      retry: headers['retry-after'],
      text: text.replaceAll(email, '').replaceAll('nobody.at.all@shop.example', ''),
    })),
  )
  expect(known?.map(({ status }) => status)).toEqual([429, 429])
  expect(unknown).toEqual(known)
})

test('P-08, H-06: a hundred failures from one address make it wait, whomever they name, and nobody else', async () => {
  const address = freshAddress()
  const { email } = await registerMember(server)
  const names = Array.from({ length: 100 }, (_, index) => `victim${index}@shop.example`)
  for (const each of names) await logInFrom(address, server, each, wrong)
  const refused = await logInFrom(address, server, email)
  expect(refusalOf(refused)).toBe(throttled)
  expect(retryAfterOf(refused)).toBe(30)
  expect((await logInByFormFrom(address, server, email)).status).toBe(429)
  expect((await logInFrom(freshAddress(), server, email)).status).toBe(200)
  server.clock.advance(15 * minute)
  expect((await logInFrom(address, server, email)).status).toBe(200)
})

test('P-08: the addresses of one IPv6 subscriber count as one', async () => {
  for (let index = 0; index < 100; index += 1) {
    await logInFrom(`2001:db8:77:1::${index.toString(16)}`, server, `spread${index}@shop.example`, wrong)
  }
  const { email } = await registerMember(server)
  expect(refusalOf(await logInFrom('2001:db8:77:1:ffff::1', server, email))).toBe(throttled)
  expect((await logInFrom('2001:db8:77:2::1', server, email)).status).toBe(200)
})

test('the login page says in how many minutes to try again, and keeps what was filled in', async () => {
  const { email } = await registerMember(server)
  for (let attempt = 0; attempt < 10; attempt += 1) {
    expect((await logInByFormFrom(freshAddress(), server, email, wrong)).status).toBe(401)
  }
  const soon = await logInByFormFrom(freshAddress(), server, email)
  expect(soon.status).toBe(429)
  expect(retryAfterOf(soon)).toBe(30)
  expect(soon.text).toContain('There were too many attempts. Try again in a minute.')
  expect(soon.text).toContain(email)
  expect(soon.setCookies).toEqual([])
  for (let attempt = 0; attempt < 3; attempt += 1) {
    server.clock.advance(8 * minute)
    await logInByFormFrom(freshAddress(), server, email, wrong)
  }
  const late = await logInByFormFrom(freshAddress(), server, email)
  expect(late.text).toContain('There were too many attempts. Try again in 4 minutes.')
})

test('P-08: who has to wait is answered without a password being checked and without a commit', async () => {
  const { email } = await registerMember(server)
  await failFrom(freshAddress, email, 10)
  const rows = await server.contents.dump()
  const before = hashes
  for (let attempt = 0; attempt < 30; attempt += 1) {
    expect((await logInFrom(freshAddress(), server, email, wrong)).status).toBe(429)
  }
  expect(hashes).toBe(before)
  expect(await server.contents.dump()).toBe(rows)
})

test('P-08: of fifty guesses that are looked at together every wrong one counts, and the right one is refused', async () => {
  const all = Promise.withResolvers<void>()
  let arrived = 0
  const together = (): PasswordHasher => {
    const quick = quickHasher()
    return {
      ...quick,
      verify: async (given, encoded) => {
        arrived += 1
        if (arrived === 50) all.resolve()
        await all.promise
        return quick.verify(given, encoded)
      },
    }
  }
  await using burst = await startProxiedServer({ decorateHasher: together })
  const { email } = await registerMember(burst)
  const guesses = Array.from({ length: 50 }, (_, index) => (index === 45 ? password : `${wrong} ${index}`))
  const answers = await Promise.all(guesses.map((guess) => logInFrom(freshAddress(), burst, email, guess)))
  expect(answers.map(({ status }) => status)).not.toContain(200)
  // As after the forty-ninth failure, and not as after the tenth.
  expect(retryAfterOf(await logInFrom(freshAddress(), burst, email))).toBe(15 * 60)
  burst.clock.advance(15 * minute)
  expect((await logInFrom(freshAddress(), burst, email)).status).toBe(200)
})

test('fifty logins at once with the right password are all let in', async () => {
  const { email } = await registerMember(server)
  const answers = await Promise.all(Array.from({ length: 50 }, () => logInFrom(freshAddress(), server, email)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
})

test('P-08: waits are kept when the server is started again', async () => {
  const database = await newServerDatabase()
  await using _ = database
  const clock = server.clock
  const first = await startProxiedServer({ database, clock })
  const { email } = await registerMember(first)
  for (let attempt = 0; attempt < 10; attempt += 1) await logInFrom(freshAddress(), first, email, wrong)
  await first.close()
  await using second = await startProxiedServer({ database, clock })
  const refused = await logInFrom(freshAddress(), second, email)
  expect(refusalOf(refused)).toBe(throttled)
  expect(retryAfterOf(refused)).toBe(30)
})

test('where the site lifts its limits nobody waits, and the start says so', async () => {
  await using lifted = await startProxiedServer({ siteSettings: { limits: 'lifted' } })
  const { email } = await registerMember(lifted)
  const address = freshAddress()
  for (let attempt = 0; attempt < 120; attempt += 1) await logInFrom(address, lifted, email, wrong)
  expect((await logInFrom(address, lifted, email)).status).toBe(200)
  expect(await lifted.contents.count('throttle')).toBe(0)
  expect(lifted.log.some((line) => line.includes('Attempts are not limited'))).toBe(true)
})

test('nothing is counted for an address through which many people come, only for the accounts', async () => {
  const environment = { ADJOURN_UNLIMITED_ADDRESSES: '203.0.113.0/24,2001:db8:5::/48' }
  await using shared = await startProxiedServer({ environment })
  const { email } = await registerMember(shared)
  for (const address of ['203.0.113.9', '2001:db8:5:1::1', '::ffff:203.0.113.77']) {
    for (let index = 0; index < 105; index += 1) {
      await logInFrom(address, shared, `somebody${index}@${address.length}.shop.example`, wrong)
    }
    expect((await logInFrom(address, shared, email)).status).toBe(200)
  }
  for (let attempt = 0; attempt < 10; attempt += 1) await logInFrom('203.0.113.9', shared, email, wrong)
  expect(refusalOf(await logInFrom('203.0.113.9', shared, email))).toBe(throttled)
})

test('H-07: an address that a peer claims without being a proxy of ours is not counted, and its own is', async () => {
  await using plain = await startProxiedServer({
    environment: { ADJOURN_TRUSTED_PROXIES: '', ADJOURN_UNLIMITED_ADDRESSES: '203.0.113.1' },
  })
  const { email } = await registerMember(plain)
  for (let index = 0; index < 100; index += 1) {
    await logInFrom(freshAddress(), plain, `claimed${index}@shop.example`, wrong)
  }
  // Nor does the claim to be one that is not limited help.
  expect(refusalOf(await logInFrom('203.0.113.1', plain, email))).toBe(throttled)
})

test('no address of anybody lies in the database, and none is logged', async () => {
  const { email } = await registerMember(server)
  await logInFrom('203.0.113.171', server, email, wrong)
  expect((await logInFrom('203.0.113.171', server, email)).status).toBe(200)
  expect(await server.contents.count('familiar_network')).toBeGreaterThan(0)
  expect(await server.contents.dump()).not.toMatch(/203\.0\.113/)
  expect(server.log.join('')).not.toMatch(/203\.0\.113\.171/)
})

test('H-06: who has to wait may still change nothing and everything else: logging out is not limited', async () => {
  const member = await signedInMember(server)
  const address = freshAddress()
  await failFrom(() => address, member.email, 10)
  expect((await logInFrom(address, server, member.email)).status).toBe(429)
  const answer = await sendFrom(address, `${server.url}/v1/logout`, {
    method: 'POST',
    headers: { authorization: member.accessToken },
  })
  expect(answer.status).toBe(200)
  expect(await acceptedOf(server, member)).toEqual([])
})
