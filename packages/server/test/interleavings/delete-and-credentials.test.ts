import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MemberId } from '../../src/domain/ids.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { administer } from '../support/administer.ts'
import { Barriers, isPast } from '../support/barriers.ts'
import { acceptedOf } from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import type { Received } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { atEveryPoint } from './at-every-point.ts'
import { isGood, requestsOfAMember } from './requests-of-a-member.ts'

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

async function remove(memberId: string): Promise<void> {
  const answer = await administer(reusable, 'DELETE', `/members/${memberId}`)
  if (answer.status !== 200) throw new Error(`The deletion was answered ${answer.status}: ${answer.text}`)
}

/** The status alone would hide what the deletion had missed. */
function pretendActive(memberId: string): Promise<void> {
  return reusable.contents.setMemberStatus(memberId as MemberId, 'ACTIVE')
}

describe.each(requests)('$of', ({ of, server: serverOf, decides, prepare, expectDead }) => {
  test(`S-07: however ${of} meets a deletion, nothing of it or of before is good, and every end is on record`, async () => {
    const server = serverOf()
    const stopped = await atEveryPoint(barriers, {
      prepare: () => prepare(server),
      racing: ({ ask }) => ask(),
      meanwhile: ({ memberId }) => remove(memberId),
      afterwards: async ({ memberId, held }, answer, at, points) => {
        // Nobody waits for the note of a use: while that stands still, the rest goes on.
        const waited = at.call !== 'touchSession'
        if (waited && !isPast(points, at, decides)) expect(isGood(answer), answer.text).toBe(false)
        await pretendActive(memberId)
        if (isGood(answer)) await expectDead(server, answer)
        expect(await acceptedOf(server, held)).toEqual([])
      },
    })
    expect(stopped).toContain(decides)
  })

  test(`S-07: however a deletion meets ${of}, nothing of it or of before is good, and every end is on record`, async () => {
    const server = serverOf()
    const stopped = await atEveryPoint(barriers, {
      prepare: async () => ({ ...(await prepare(server)), answers: [] as Received[] }),
      racing: ({ memberId }) => remove(memberId),
      meanwhile: async ({ ask, answers }) => void answers.push(await ask()),
      afterwards: async ({ memberId, held, answers }, _deleted, at, points) => {
        for (const answer of answers) if (isPast(points, at, 'deleteMember')) expect(isGood(answer)).toBe(false)
        await pretendActive(memberId)
        for (const answer of answers) if (isGood(answer)) await expectDead(server, answer)
        expect(await acceptedOf(server, held)).toEqual([])
      },
    })
    expect(stopped).toContain('deleteMember')
  })
})

test('A-07: after all of these deletions the chain of the log verifies', async () => {
  expect(problemOfLog(await readWholeLog(reusable.service.storage))).toBeUndefined()
})
