import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Barriers } from '../support/barriers.ts'
import { minute, second } from '../support/manual-clock.ts'
import { acceptedOf, signedInMember } from '../support/members.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { askToRefresh } from '../support/requests.ts'
import { generatedTestTimeoutMs, runs } from '../support/runs.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import type { Received } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { allWaysOut, expectRefusedOrDead } from './ways-out.ts'

const barriers = new Barriers()
let reusable: TestServer
let rotating: TestServer

beforeAll(async () => {
  reusable = await startTestServer({ decorateStorage: barriers.decorate, decorateHasher: quickHasher })
  rotating = { ...reusable, client: await reusable.addClient({ refreshTokenPolicy: 'rotating' }) }
})
afterAll(() => reusable.close())

test(
  'D-08: in whatever order the calls of refreshes and a logout reach the database, nothing of the session works',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          policy: fc.constantFrom('reusable', 'rotating'),
          wayOut: fc.constantFrom(...allWaysOut),
          refreshes: fc.integer({ min: 1, max: 3 }),
          /** How long ago the token was used for the first time, if it was: within the retry window or not. */
          usedBefore: fc.option(fc.constantFrom(0, 5 * second, 11 * second, 2 * minute)),
          order: fc.integer(),
        }),
        async ({ policy, wayOut: [, wayOut], refreshes, usedBefore, order }) => {
          const server = policy === 'rotating' ? rotating : reusable
          const member = await signedInMember(server)
          const logOut = await wayOut(server, member)
          if (usedBefore !== null) {
            await askToRefresh(server, member.refreshToken)
            server.clock.advance(usedBefore)
          }
          const answers: Received[] = []
          await barriers.shuffle(
            [
              logOut,
              ...Array.from({ length: refreshes }, () => async () => {
                answers.push(await askToRefresh(server, member.refreshToken))
              }),
            ],
            seededRandomness(order).below,
          )
          expect(answers).toHaveLength(refreshes)
          for (const answer of answers) await expectRefusedOrDead(server, answer)
          expect(await acceptedOf(server, member)).toEqual([])
        },
      ),
      { numRuns: runs({ test: 100, soak: 10_000 }) },
    )
  },
  generatedTestTimeoutMs,
)
