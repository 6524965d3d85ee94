/** A primary that dies under load, and the standby that takes its place. */
import { expect, test } from 'vitest'
import type { PasswordHasher } from '../../src/ports/password-hasher.ts'
import { startChild } from '../process/child.ts'
import { Machine } from '../restore/installed-on-postgres.ts'
import { logOut, misfitsAtStart } from '../restore/what-restores-show.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { auditOf } from '../support/answers.ts'
import { acceptedOf, loginByForm, registerMember, signedInMember } from '../support/members.ts'
import { PostgresPair } from '../support/postgres-pair.ts'
import { send } from '../support/send.ts'
import type { TestServer } from '../support/test-server.ts'
import { Load } from './load.ts'

/** So that the load is logins and logouts, and not hashing. */
const cheapHasher = (): PasswordHasher => ({
  hash: async (password) => `cheap:${password}`,
  verify: async (password, encoded) => encoded === `cheap:${password}`,
  verifyDummy: async () => false,
  needsRehash: () => false,
  problemOfForeign: () => undefined,
})

test('D-18: a primary is killed under load and its synchronous standby promoted: no acknowledged logout is lost, and nothing is guessed meanwhile', async () => {
  const pair = await PostgresPair.start()
  using machine = new Machine(pair.url)
  const load = await machine.start({ decorateHasher: cheapHasher }).then((server) => Load.start(server))
  await using server = load.server

  await load.until(() => load.acknowledged.size >= 30)
  // What the primary commits from here on is with it alone, and is lost with it: none of it may be acknowledged.
  await pair.cutOff()
  const atTheCut = load.acknowledged.size
  while (!(await pair.isCommitWaiting()) && load.acknowledged.size < atTheCut + 20);
  await pair.primary.kill()
  const atTheKill = load.unavailable
  // Whoever asks now is told that nobody knows.
  await load.until(() => load.unavailable >= atTheKill + 20)
  await pair.promote()
  const beforePromotion = load.acknowledged.size
  await load.until(() => load.acknowledged.size >= beforePromotion + 30)
  await load.stop()

  expect(load.lies).toEqual([])
  const { acknowledged, unconfirmed, live } = load
  for (const cookie of unconfirmed) await logOut(server, cookie)
  const gone = [...acknowledged, ...unconfirmed]
  for (const cookie of gone) expect(await acceptedOf(server, { cookie })).toEqual([])
  for (const cookie of live) expect(await acceptedOf(server, { cookie })).not.toEqual([])
  await expectOneRecordEach(server, gone.length)
  expect((await auditOf(server)).filter(({ event }) => event === 'standby.promoted')).toHaveLength(1)
  await server.close()

  // Started anew, as a process of its own, it takes the promoted one without being told.
  const child = startChild({ directory: machine.beside(''), environment: machine.environment })
  const url = await child.ready
  const check = async (cookie: string) => (await send(`${url}/v1/sessions/current`, { headers: { cookie } })).status
  for (const cookie of gone.slice(0, 5)) expect(await check(cookie)).toBe(401)
  for (const cookie of [...live].slice(0, 5)) expect(await check(cookie)).toBe(200)
  child.kill('SIGTERM')
  expect(await child.exited).toEqual({ code: 0, signal: null })

  // The primary of before comes back, as if nothing had been. It takes writes, and is passed over.
  await pair.primary.start()
  await machine.serving(async (again) => {
    for (const cookie of gone.slice(0, 5)) expect(await acceptedOf(again, { cookie })).toEqual([])
    for (const cookie of [...live].slice(0, 5)) expect(await acceptedOf(again, { cookie })).not.toEqual([])
  })
  await pair.standby.stop()
  expect(await misfitsAtStart(() => machine.start())).toContain('earlier_timeline')
}, 120_000)

test('D-18: a standby is refused that commits no longer waited for, though it lacks nothing, until an operator waives it', async () => {
  const pair = await PostgresPair.start()
  using machine = new Machine(pair.url)
  const member = await machine.serving(async (server) => {
    const stays = await signedInMember(server)
    const leaves = await signedInMember(server)
    await pair.stopWaiting()
    await logOut(server, leaves.cookie)
    // That commits do not wait any more is noted by itself.
    const look = pair.primary.look()
    while ((await look`SELECT synchronous FROM installation`)[0]?.['synchronous'] !== false);
    await look.end({ timeout: 1 })
    await pair.untilCaughtUp()
    await pair.primary.kill()
    await pair.promote()

    const check = () => send(`${server.url}/v1/sessions/current`, { headers: { cookie: stays.cookie } })
    for (let times = 0; times < 3; times += 1) expect((await check()).status).toBe(503)
    expect(server.log.join('')).toContain('a standby was promoted')
    return stays
  })
  expect(await misfitsAtStart(() => machine.start())).toEqual(['promoted_unverified'])
  expect(await machine.run('start')).toMatchObject({ code: 78, stdout: '' })
  expect(await machine.run('epoch', 'keep')).toMatchObject({ code: 0 })
  await machine.serving(async (server) => {
    expect(await acceptedOf(server, member)).not.toEqual([])
    await logOut(server, await loginByForm(server, (await registerMember(server)).email))
    expect(problemOfLog(await readWholeLog(server.service.storage))).toBeUndefined()
  })
}, 120_000)

/** As many sessions are on record as ended, none of them twice, and the chain holds. */
async function expectOneRecordEach(server: TestServer, ended: number): Promise<void> {
  const log = await readWholeLog(server.service.storage)
  expect(problemOfLog(log)).toBeUndefined()
  const sessions = log.entries.filter(({ kind }) => kind === 'session').map(({ sessionId }) => sessionId)
  expect(sessions).toHaveLength(ended)
  expect(new Set(sessions).size).toBe(ended)
}
