/**
 * A process that starts and ends sessions until it is killed, many in each turn, and says of every end that it was
 * answered, right after the answer.
 *
 * Arguments: the URL of the database, a seed. Says `ready` once it is at work, then lines of `ended <session>` and
 * `revoked <sid>`.
 */
import { writeSync } from 'node:fs'
import { World } from '../storage-conformance/world.ts'
import { manualClock } from '../support/manual-clock.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { testDatabaseAt } from '../support/test-database-at.ts'

const [, , url = '', seed = ''] = process.argv
const clock = manualClock()
const randomness = seededRandomness(seed)
const world = new World(await testDatabaseAt(url, { clock, randomness }), clock, randomness)
const site = await world.storage.findSite()
if (site === undefined) throw new Error('Cannot work on a database without a site')
const home = { siteId: site.id }
const [client] = await world.storage.listClients()
if (client === undefined) throw new Error('Cannot work on a site without a client')
const clients = [client, await world.addClient({ ...home, backchannelLogoutUri: 'https://client.example/logout' })]

writeSync(1, 'ready\n')
for (;;) {
  const member = await world.addMember(home)
  const sessions = await Promise.all(
    Array.from({ length: 2 + randomness.below(4) }, () => world.addSession(member, { ...home, clientId: client.id })),
  )
  await Promise.all(
    sessions.map(async (session) => {
      for (const client of clients.slice(0, randomness.below(3))) {
        const { sid } = await world.addGrant(session, client)
        if (randomness.below(4) > 0) continue
        const answer = await world.endGrant(sid)
        if (answer.outcome === 'ended') writeSync(1, `revoked ${sid}\n`)
      }
    }),
  )
  const [first] = sessions
  if (first === undefined) continue
  const asked = world.asked()
  await Promise.all([
    ...sessions.slice(1).map(async ({ id }) => {
      if (randomness.below(3) === 0) return
      const answer = await world.end({ by: 'id', id })
      if (answer.outcome === 'ended') writeSync(1, `ended ${id}\n`)
    }),
    randomness.below(2) === 0
      ? undefined
      : world.storage
          .changePassword({
            ...asked,
            memberId: member.id,
            passwordHash: '$next',
            keep: first.id,
            keepSecretHash: null,
          })
          .then((changed) => {
            if (changed.outcome !== 'changed') return
            for (const { id } of changed.ended) writeSync(1, `ended ${id}\n`)
          }),
  ])
}
