import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { block, unblock } from '../support/administer.ts'
import { Barriers, isPast } from '../support/barriers.ts'
import { acceptedOf, loginTicket, registerMember } from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { codeIn } from '../support/requests.ts'
import type { Received } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'
import { expectRefused, isGood, requestsOfAMember, useTicket } from './requests-of-a-member.ts'

const barriers = new Barriers()
let reusable: TestServer
let rotating: TestServer

beforeAll(async () => {
  reusable = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
  rotating = { ...reusable, client: await reusable.addClient({ refreshTokenPolicy: 'rotating' }) }
})
afterAll(() => reusable.close())

const requests = requestsOfAMember(
  () => reusable,
  () => rotating,
)

describe.each(requests)('$of', ({ of, server: serverOf, decides, prepare, expectDead }) => {
  test(`S-07: however ${of} meets a block, nothing of it or of before is good, also once the block is lifted`, async () => {
    const server = serverOf()
    const stopped = await atEveryPoint(barriers, {
      prepare: () => prepare(server),
      racing: ({ ask }) => ask(),
      meanwhile: ({ memberId }) => block(server, memberId),
      afterwards: async ({ memberId, held }, answer, at, points) => {
        // Nobody waits for the note of a use: while that stands still, the rest goes on.
        const waited = at.call !== 'touchSession'
        if (waited && !isPast(points, at, decides)) expectRefused(answer)
        await unblock(server, memberId)
        if (isGood(answer)) await expectDead(server, answer)
        expect(await acceptedOf(server, held)).toEqual([])
      },
    })
    expect(stopped).toContain(decides)
  })

  test(`S-07: however a block meets ${of}, nothing of it or of before is good, also once the block is lifted`, async () => {
    const server = serverOf()
    const stopped = await atEveryPoint(barriers, {
      prepare: async () => ({ ...(await prepare(server)), answers: [] as Received[] }),
      racing: ({ memberId }) => block(server, memberId),
      meanwhile: async ({ ask, answers }) => void answers.push(await ask()),
      afterwards: async ({ memberId, held, answers }, _blocked, at, points) => {
        for (const answer of answers) if (isPast(points, at, 'blockMember')) expectRefused(answer)
        await unblock(server, memberId)
        for (const answer of answers) if (isGood(answer)) await expectDead(server, answer)
        expect(await acceptedOf(server, held)).toEqual([])
      },
    })
    expect(stopped).toContain('blockMember')
  })
})

test('once the block is lifted a login is good again', async () => {
  const { email, memberId } = await registerMember(reusable)
  await block(reusable, memberId)
  await unblock(reusable, memberId)
  expect(codeIn(await useTicket(reusable, await loginTicket(reusable, email)))).toBeDefined()
})
