/** Several nodes on one database: what each of them promises, all of them together promise. */
import { afterAll, describe, expect, test } from 'vitest'
import { revocationChannel } from '../../src/adapters/postgres/notifier.ts'
import { openPostgresStorage } from '../../src/adapters/postgres/postgres-storage.ts'
import type { SessionId } from '../../src/domain/ids.ts'
import { judgeSession } from '../../src/domain/session.ts'
import type { SessionCredential, Storage } from '../../src/ports/storage.ts'
import { aSignOn } from '../storage-conformance/sign-ons.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { type KnownSession, type World, worldOpener } from '../storage-conformance/world.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { PostgresTestDatabase } from '../support/postgres-test-database.ts'
import { generatedTestTimeoutMs, runs } from '../support/runs.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

const open = worldOpener(async (options) => PostgresTestDatabase.create(await server, options))
type PostgresWorld = World<PostgresTestDatabase>

/** The first node and so many more, which are closed with the test. */
async function nodesOf(world: PostgresWorld, count: number) {
  const others = await Promise.all(Array.from({ length: count - 1 }, () => world.database.openAnother()))
  const nodes = [world.storage, ...others]
  return {
    node: (index: number): Storage => nodes[index % nodes.length] ?? world.storage,
    [Symbol.asyncDispose]: async () => void (await Promise.all(others.map((node) => node.close()))),
  }
}

async function isLive(node: Storage, credential: SessionCredential): Promise<boolean> {
  const facts = await node.check(credential)
  return facts !== undefined && judgeSession(facts).state === 'live'
}

async function endOn(node: Storage, world: PostgresWorld, session: KnownSession) {
  const [answer] = await node.endSessions([world.anEnd({ by: 'secret', hash: session.secret })])
  return answer
}

describe('several nodes', () => {
  test(
    'D-15: a session that was ended on one node is refused by every other on its very next check',
    async () => {
      await using world = await open()
      await using nodes = await nodesOf(world, 3)
      const member = await world.addMember()
      const pairs = runs({ test: 300, soak: 10_000 })
      const sessions = await Promise.all(Array.from({ length: pairs }, () => world.addSession(member)))
      const granted = await Promise.all(sessions.slice(0, 30).map((session) => world.addGrant(session)))
      let accepted = 0
      for (const [index, session] of sessions.entries()) {
        const credentials: readonly SessionCredential[] = [
          { by: 'secret', hash: session.secret },
          { by: 'id', id: session.id },
          ...(granted[index] === undefined ? [] : [{ by: 'sid', sid: granted[index].sid } as const]),
        ]
        const credential = credentials[index % credentials.length] ?? { by: 'id', id: session.id }
        expect(await isLive(nodes.node(index + 1), credential)).toBe(true)
        expect(await endOn(nodes.node(index), world, session)).toMatchObject({ outcome: 'ended' })
        const checks = await Promise.all([1, 2].map((step) => isLive(nodes.node(index + step), credential)))
        accepted += checks.filter(Boolean).length
      }
      expect(accepted).toBe(0)
      expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
    },
    generatedTestTimeoutMs,
  )

  test('D-12: a hundred parallel ends of one session on three nodes make one record and one set of notices', async () => {
    await using world = await open()
    await using nodes = await nodesOf(world, 3)
    const client = await world.addClient({
      backchannelLogoutUri: 'https://client.example/logout',
      logoutUrl: 'https://client.example/bye',
    })
    for (let round = 0; round < 5; round += 1) {
      const session = await world.addSession(await world.addMember())
      await world.addGrant(session, client)
      const answers = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          // So that they meet in different places.
          for (let turns = index % 7; turns > 0; turns -= 1) await new Promise(setImmediate)
          return endOn(nodes.node(index), world, session)
        }),
      )
      expect(answers.filter((answer) => answer?.outcome === 'ended')).toHaveLength(1)
      expect(answers.filter((answer) => answer?.outcome === 'already_ended')).toHaveLength(99)
      expect(await world.database.count('revocation_log')).toBe(round + 1)
      expect(await world.database.notices()).toHaveLength(2 * (round + 1))
    }
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
  })

  test('S-14: however many nodes start sessions of one member at once, there are never too many', async () => {
    await using world = await open()
    await using nodes = await nodesOf(world, 3)
    for (let round = 0; round < runs({ test: 5, soak: 300 }); round += 1) {
      const member = await world.addMember()
      const starts = await Promise.all(
        Array.from({ length: 24 }, async (_, index) => {
          for (let turns = index % 5; turns > 0; turns -= 1) await new Promise(setImmediate)
          return nodes.node(index).startSession(world.aStart(world.aSession(member, { sessionsMost: 4 })))
        }),
      )
      const ids = starts.flatMap((start) => (start.outcome === 'started' ? [start.sessionId] : []))
      expect(ids).toHaveLength(24)
      const living = await Promise.all(ids.map((id) => isLive(world.storage, { by: 'id', id })))
      const newest = ids.toSorted((a, b) => a - b)
      expect(living.filter(Boolean)).toHaveLength(4)
      expect(await isLive(world.storage, { by: 'id', id: newest[0] ?? (0 as SessionId) })).toBe(false)
    }
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
  })

  test('of many nodes that sign on one new address at once, one adds the member, and all sign that one on', async () => {
    await using world = await open()
    await using nodes = await nodesOf(world, 3)
    for (let round = 0; round < runs({ test: 10, soak: 1_000 }); round += 1) {
      const emailKey = `ada-${round}@shop.example`
      const answers = await Promise.all(
        Array.from({ length: 9 }, async (_, index) => {
          for (let turns = index % 4; turns > 0; turns -= 1) await new Promise(setImmediate)
          const signOn = aSignOn(world, { emailKey, profile: { [`field${index}`]: index } })
          return nodes.node(index).signOn(signOn)
        }),
      )
      const ids = answers.map((answer) => (answer.outcome === 'signed_on' ? answer.member.id : answer.outcome))
      expect(new Set(ids).size).toBe(1)
      expect(await world.database.count('member')).toBe(round + 1)
      const member = await world.storage.findMemberByEmail(world.site.id, emailKey)
      expect(Object.keys(member?.profile ?? {})).toHaveLength(9)
    }
  })

  test('of two owners who are removed on two nodes at once, one stays', async () => {
    await using world = await open()
    await using nodes = await nodesOf(world, 3)
    const { id: siteId } = world.site
    const actor = { kind: 'system' } as const
    for (let round = 0; round < runs({ test: 20, soak: 1_000 }); round += 1) {
      const owner = { id: world.randomness.guid(), name: '', role: 'owner', createdAt: world.clock.now() } as const
      await world.storage.addAdministratorKey({ ...world.asked(), siteId, key: owner, hash: world.aSecret(), actor })
      const both = await world.storage.listAdministratorKeys()
      expect(both).toHaveLength(2)
      const answers = await Promise.all(
        both.map(({ id }, index) =>
          nodes.node(index + 1).removeAdministratorKey({ ...world.asked(), siteId, id, actor }),
        ),
      )
      expect(answers.map(({ outcome }) => outcome).toSorted()).toEqual(['last_owner', 'removed'])
      expect(await nodes.node(round).listAdministratorKeys()).toHaveLength(1)
    }
  })

  test(
    'D-13: an end of all of a member’s sessions on one node misses none that is started on others meanwhile',
    async () => {
      await using world = await open()
      await using nodes = await nodesOf(world, 3)
      const random = seededRandomness('starts on several nodes')
      for (let round = 0; round < runs({ test: 40, soak: 10_000 }); round += 1) {
        const member = await world.addMember()
        const starting: Promise<SessionId>[] = []
        let ending: Promise<readonly SessionId[]> = Promise.resolve([])
        const position = random.below(12)
        for (let place = 0; place < 12; place += 1) {
          if (place === position) {
            ending = nodes
              .node(random.below(3))
              .endSessions([world.anEnd({ by: 'member', memberId: member.id })])
              .then(([answer]) => (answer?.outcome === 'ended' ? answer.sessions.map(({ id }) => id) : []))
          }
          const start = world.aStart(world.aSession(member))
          starting.push(
            nodes
              .node(random.below(3))
              .startSession(start)
              .then((started) => (started.outcome === 'started' ? started.sessionId : Promise.reject(started))),
          )
          if (random.below(3) === 0) await new Promise(setImmediate)
        }
        const ended = await ending
        const now = await world.storage.findMember(member.id)
        expect(now?.generation).toBe(1)
        for (const id of await Promise.all(starting)) {
          const facts = await world.storage.check({ by: 'id', id })
          // Either the end saw it, or it was made under the generation that the end raised.
          expect(facts?.ended).toBe(ended.includes(id) ? 'logout' : null)
          if (facts?.ended === null) expect(facts.session.memberGeneration).toBe(1)
        }
      }
    },
    generatedTestTimeoutMs,
  )

  test(
    'S-07: a member who is blocked on one node keeps nothing that others start, exchange or refresh meanwhile',
    async () => {
      await using world = await open()
      await using nodes = await nodesOf(world, 3)
      const other = await world.addClient()
      const random = seededRandomness('blocks on several nodes')
      const sometime = async () => {
        for (let turns = random.below(8); turns > 0; turns -= 1) await new Promise(setImmediate)
      }
      for (let round = 0; round < runs({ test: 40, soak: 10_000 }); round += 1) {
        const member = await world.addMember()
        const session = await world.addSession(member)
        const { refreshToken } = await world.addGrant(session, other)
        const redemption = world.aRedemption(await world.addCode(session))
        const rotation = { ...world.asked(), hash: refreshToken, successorHash: world.aSecret() }
        const actor = { kind: 'administrator', id: world.administratorKey.id } as const
        const blocking = { ...world.asked(), memberId: member.id, actor }
        const start = (node: Storage) => node.startSession(world.aStart(world.aSession(member)))
        const starting = [0, 1, 2, 1, 2].map((node) => sometime().then(() => start(nodes.node(node))))
        const [blocked, redeemed] = await Promise.all([
          sometime().then(() => nodes.node(0).blockMember(blocking)),
          sometime().then(() => nodes.node(1).redeemCode(redemption)),
          sometime().then(() => nodes.node(2).rotateRefreshToken(rotation)),
        ])
        const started = await Promise.all(starting)
        expect(blocked).toMatchObject({ outcome: 'blocked' })
        expect(await start(nodes.node(2))).toEqual({ outcome: 'member_not_active' })

        // The status alone would hide what the block had missed.
        await nodes.node(1).unblockMember({ ...blocking, ...world.asked() })
        expect(await world.storage.listSessions({ memberId: member.id, before: null, limit: 100 })).toEqual([])
        expect(await world.standing({ by: 'id', id: session.id })).toBe('blocked')
        for (const each of started) {
          if (each.outcome !== 'started') continue
          expect(await world.standing({ by: 'id', id: each.sessionId })).toBe('blocked')
        }
        expect(['blocked', 'unknown']).toContain(await world.refreshStanding(rotation.successorHash))
        expect(['granted', 'session_over']).toContain(redeemed.outcome)
        expect(await world.refreshStanding(redemption.refreshTokenHash)).toBe(
          redeemed.outcome === 'granted' ? 'blocked' : 'unknown',
        )
      }
      expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
    },
    generatedTestTimeoutMs,
  )

  test(
    'T-23: a client that is disabled on one node is granted nothing by others once its grants are being ended',
    async () => {
      await using world = await open()
      await using nodes = await nodesOf(world, 3)
      const random = seededRandomness('disabled clients on several nodes')
      const sometime = async () => {
        for (let turns = random.below(30); turns > 0; turns -= 1) await new Promise(setImmediate)
      }
      let granted = 0
      for (let round = 0; round < runs({ test: 40, soak: 10_000 }); round += 1) {
        const client = await world.addClient()
        const member = await world.addMember()
        const redemptions = []
        for (let count = 0; count < 8; count += 1) {
          const other = await world.addSession(member)
          redemptions.push(world.aRedemption(await world.addCode(other, { clientId: client.id })))
        }
        const actor = { kind: 'administrator', id: world.administratorKey.id } as const
        const found = sometime()
          .then(() => nodes.node(0).disableClient({ ...world.asked(), clientId: client.id, actor }))
          .then(async () => {
            const part = await nodes.node(0).findGrantsToEnd(1_000_000)
            if (part !== undefined) await nodes.node(0).noteGrantsEnded(part)
            return part?.sids ?? []
          })
        const redeemed = await Promise.all(
          redemptions.map((redemption, place) =>
            sometime().then(() => nodes.node(1 + (place % 2)).redeemCode(redemption)),
          ),
        )
        const grants = redeemed.flatMap((answer) => (answer.outcome === 'granted' ? [answer.grant.sid] : []))
        expect((await found).toSorted()).toEqual(grants.toSorted())
        granted += grants.length
      }
      expect(granted).toBeGreaterThan(0)
    },
    generatedTestTimeoutMs,
  )

  test(
    'S-07: a member who is deleted on one node keeps nothing that others start, exchange or refresh meanwhile',
    async () => {
      await using world = await open()
      await using nodes = await nodesOf(world, 3)
      const random = seededRandomness('deletions on several nodes')
      const sometime = async () => {
        for (let turns = random.below(8); turns > 0; turns -= 1) await new Promise(setImmediate)
      }
      for (let round = 0; round < runs({ test: 30, soak: 10_000 }); round += 1) {
        const member = await world.addMember()
        const session = await world.addSession(member)
        const { refreshToken } = await world.addGrant(session, await world.addClient())
        const redemption = world.aRedemption(await world.addCode(session))
        const rotation = { ...world.asked(), hash: refreshToken, successorHash: world.aSecret() }
        const actor = { kind: 'administrator', id: world.administratorKey.id } as const
        const deletion = { ...world.asked(), memberId: member.id, actor }
        const start = (node: Storage) => node.startSession(world.aStart(world.aSession(member)))
        const starting = [0, 1, 2, 1, 2].map((node) => sometime().then(() => start(nodes.node(node))))
        const [deleted, again, redeemed] = await Promise.all([
          sometime().then(() => nodes.node(0).deleteMember(deletion)),
          sometime().then(() => nodes.node(1).deleteMember({ ...deletion, ...world.asked() })),
          sometime().then(() => nodes.node(1).redeemCode(redemption)),
          sometime().then(() => nodes.node(2).rotateRefreshToken(rotation)),
        ])
        const started = await Promise.all(starting)
        expect([deleted, again]).toMatchObject([{ outcome: 'deleted' }, { outcome: 'deleted' }])
        for (const index of [0, 1, 2]) expect(await isLive(nodes.node(index), { by: 'id', id: session.id })).toBe(false)
        expect(await start(nodes.node(2))).toEqual({ outcome: 'member_not_active' })

        // The status alone would hide what the deletion had missed.
        await world.database.setMemberStatus(member.id, 'ACTIVE')
        expect(await world.storage.listSessions({ memberId: member.id, before: null, limit: 100 })).toEqual([])
        for (const each of started) {
          if (each.outcome !== 'started') continue
          expect(await world.standing({ by: 'id', id: each.sessionId })).toBe('deleted')
        }
        expect(['deleted', 'unknown']).toContain(await world.refreshStanding(rotation.successorHash))
        expect(await world.refreshStanding(redemption.refreshTokenHash)).toBe(
          redeemed.outcome === 'granted' ? 'deleted' : 'unknown',
        )
      }
      expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
    },
    generatedTestTimeoutMs,
  )

  test('of members who are given one address on three nodes, and one who registers with it, exactly one has it', async () => {
    await using world = await open()
    await using nodes = await nodesOf(world, 3)
    for (let round = 1; round <= 8; round += 1) {
      const emailKey = `wanted-${round}@member.example`
      const members = await Promise.all(Array.from({ length: 6 }, () => world.addMember()))
      const actor = { kind: 'administrator', id: world.administratorKey.id } as const
      const answers = await Promise.all([
        ...members.map(({ id, revision }, index) => {
          const address = { email: emailKey, emailKey, emailVerified: false, mails: [] }
          return nodes.node(index).changeEmail({ ...world.asked(), memberId: id, actor, revision, ...address })
        }),
        nodes.node(1).registerMember({ ...world.asked(), member: world.aMember({ emailKey }), session: null }),
      ])
      const outcomes = answers.map(({ outcome }) => outcome)
      expect(outcomes.filter((outcome) => outcome !== 'email_taken')).toHaveLength(1)
      expect(await world.storage.findMemberByEmail(world.site.id, emailKey)).toBeDefined()
    }
  })

  test('members who are brought in on three nodes at once, in any order, come in once', async () => {
    await using world = await open()
    await using nodes = await nodesOf(world, 3)
    const random = seededRandomness('imports on several nodes')
    const members = Array.from({ length: 200 }, () => world.aMember())
    const actor = { kind: 'administrator', id: world.administratorKey.id } as const
    const answers = await Promise.all(
      Array.from({ length: 9 }, (_, index) => {
        const shuffled = members.toSorted(() => random.below(3) - 1)
        const addition = { ...world.asked(), members: shuffled, event: 'member.imported', actor } as const
        return nodes.node(index).addMembers(addition)
      }),
    )
    expect(answers.flat().filter(({ outcome }) => outcome === 'added')).toHaveLength(200)
    expect(new Set(answers.flat().map(({ outcome }) => outcome))).toEqual(new Set(['added', 'email_taken']))
    expect(await world.database.count('member')).toBe(200)
  })

  test('D-13: an end of everyone on one node leaves no session alive that was started before it on another', async () => {
    await using world = await open()
    await using nodes = await nodesOf(world, 3)
    const member = await world.addMember()
    for (let round = 1; round <= 15; round += 1) {
      const answered: SessionId[] = []
      const starting = Array.from({ length: 9 }, async (_, index) => {
        for (let turns = index; turns > 0; turns -= 1) await new Promise(setImmediate)
        const started = await nodes.node(index).startSession(world.aStart(world.aSession(member)))
        if (started.outcome === 'started') answered.push(started.sessionId)
      })
      await starting[round % 9]
      const before = [...answered]
      await nodes.node(round).endSessions([world.anEnd({ by: 'everyone', siteId: world.site.id })])
      for (const id of before) expect(await isLive(world.storage, { by: 'id', id })).toBe(false)
      await Promise.all(starting)
      for (const id of answered) {
        const facts = await world.storage.check({ by: 'id', id })
        expect(await isLive(world.storage, { by: 'id', id })).toBe(facts?.session.siteGeneration === round)
      }
      const later = await nodes.node(round + 1).startSession(world.aStart(world.aSession(member)))
      expect(later.outcome === 'started' && (await isLive(world.storage, { by: 'id', id: later.sessionId }))).toBe(true)
    }
  })

  test(
    'D-09: of an exchange on one node and an end on another, whatever is granted is over, named in the log and told',
    async () => {
      await using world = await open()
      await using nodes = await nodesOf(world, 2)
      const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
      const member = await world.addMember()
      const random = seededRandomness('exchanges against ends')
      const seen = new Set<string>()
      for (let round = 0; round < runs({ test: 80, soak: 10_000 }); round += 1) {
        const session = await world.addSession(member)
        const redemption = world.aRedemption(await world.addCode(session, { clientId: client.id }))
        const wait = async (turns: number) => {
          for (let left = turns; left > 0; left -= 1) await new Promise(setImmediate)
        }
        const [redeemed] = await Promise.all([
          wait(random.below(8)).then(() => nodes.node(0).redeemCode(redemption)),
          wait(random.below(8)).then(() => endOn(nodes.node(1), world, session)),
        ])
        seen.add(redeemed.outcome)
        const entry = (await world.storage.readLog(round, 1))[0]
        const notices = (await world.database.notices()).filter(({ sid }) => sid === redemption.sid)
        if (redeemed.outcome === 'granted') {
          expect(await world.standing({ by: 'sid', sid: redemption.sid })).toBe('logout')
          expect(await world.refreshStanding(redemption.refreshTokenHash)).toBe('logout')
          expect(entry?.sids).toEqual([redemption.sid])
          expect(notices).toHaveLength(1)
        } else {
          expect(redeemed.outcome).toBe('session_over')
          expect(await world.standing({ by: 'sid', sid: redemption.sid })).toBe('unknown')
          expect(entry?.sids).toEqual([])
          expect(notices).toHaveLength(0)
        }
      }
      expect([...seen].toSorted()).toEqual(['granted', 'session_over'])
    },
    generatedTestTimeoutMs,
  )

  test('of exchanges of one code, and of rotations of one token, on three nodes exactly one is done', async () => {
    await using world = await open()
    await using nodes = await nodesOf(world, 3)
    for (let round = 0; round < 10; round += 1) {
      const session = await world.addSession(await world.addMember())
      const code = await world.addCode(session)
      const redeemed = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const redemption = world.aRedemption(code)
          return { redemption, answer: await nodes.node(index).redeemCode(redemption) }
        }),
      )
      const granted = redeemed.filter(({ answer }) => answer.outcome === 'granted')
      expect(granted).toHaveLength(1)
      expect(redeemed.filter(({ answer }) => answer.outcome === 'replayed')).toHaveLength(11)
      const hash = granted[0]?.redemption.refreshTokenHash ?? world.aSecret()
      const rotated = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          nodes.node(index).rotateRefreshToken({ ...world.asked(), hash, successorHash: world.aSecret() }),
        ),
      )
      expect(rotated.filter(({ outcome }) => outcome === 'rotated')).toHaveLength(1)
      expect(rotated.filter(({ outcome }) => outcome === 'spent')).toHaveLength(11)
    }
  })

  test('two codes of one session that are exchanged on two nodes at once become one grant of their client', async () => {
    await using world = await open()
    await using nodes = await nodesOf(world, 2)
    for (let round = 1; round <= 10; round += 1) {
      const session = await world.addSession(await world.addMember())
      const codes = [await world.addCode(session), await world.addCode(session)]
      const redeemed = await Promise.all(
        codes.map((code, index) => nodes.node(index).redeemCode(world.aRedemption(code))),
      )
      const sids = redeemed.map((answer) => (answer.outcome === 'granted' ? answer.grant.sid : answer.outcome))
      expect(new Set(sids).size).toBe(1)
      expect(await world.database.count('client_grant')).toBe(round)
    }
  })

  test('of registrations of one address on three nodes exactly one registers', async () => {
    await using world = await open()
    await using nodes = await nodesOf(world, 3)
    for (let round = 1; round <= 5; round += 1) {
      const emailKey = `ada-${round}@member.example`
      const answers = await Promise.all(
        Array.from({ length: 9 }, (_, index) => {
          const member = world.aMember({ emailKey })
          const session = world.aSession(member)
          return nodes.node(index).registerMember({ ...world.asked(), member, session })
        }),
      )
      expect(answers.filter(({ outcome }) => outcome === 'registered')).toHaveLength(1)
      expect(await world.database.count('member')).toBe(round)
      expect(await world.database.count('session')).toBe(round)
    }
  })

  test(
    'while two nodes end sessions at full speed, those who follow the log and the audit see every number once and in order',
    async () => {
      await using world = await open()
      await using nodes = await nodesOf(world, 3)
      const member = await world.addMember()
      const count = runs({ test: 400, soak: 100_000 })
      const sessions = await Promise.all(Array.from({ length: count }, () => world.addSession(member)))
      const audits = (await world.storage.readAudit(0, 1_000_000)).length
      const random = seededRandomness('followers')
      let isOver = false

      /** Reads on from the last number it saw, in pages of any size, on any node, until there can be no more. */
      async function follow(page: (node: Storage, after: number, limit: number) => Promise<readonly { n: number }[]>) {
        const seen: number[] = []
        for (;;) {
          const mayEnd = isOver
          const entries = await page(nodes.node(random.below(3)), seen.at(-1) ?? 0, 1 + random.below(40))
          seen.push(...entries.map(({ n }) => n))
          if (mayEnd && entries.length === 0) return seen
        }
      }
      const followers = Array.from({ length: 2 }, () => follow((node, after, limit) => node.readLog(after, limit)))
      const auditor = follow((node, after, limit) => node.readAudit(after, limit))
      await Promise.all(
        [0, 1].map(async (half) => {
          const own = sessions.filter((_, index) => index % 2 === half)
          while (own.length > 0) {
            const some = own.splice(0, 1 + random.below(6))
            await Promise.all(some.map((session) => endOn(nodes.node(half), world, session)))
          }
        }),
      )
      isOver = true
      for (const seen of await Promise.all(followers)) {
        expect(seen).toEqual(Array.from({ length: count }, (_, index) => index + 1))
      }
      // The numbers of the audit may have gaps, but nothing may come up behind a reader's back.
      expect(await auditor).toHaveLength(audits + count)
      expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
    },
    generatedTestTimeoutMs,
  )

  test('who listens is woken after the commit of an end', async () => {
    await using world = await open()
    const sql = world.database.look()
    const woken = Promise.withResolvers<void>()
    await sql.listen(revocationChannel, () => woken.resolve())
    await endOn(world.storage, world, await world.addSession(await world.addMember()))
    await woken.promise
    expect(await world.storage.logHead()).toMatchObject({ n: 1 })
    await sql.end({ timeout: 1 })
  })

  test('ten nodes that start at once on an empty database make one schema and one site', async () => {
    const started = await server
    const name = await started.createDatabase('empty')
    const location = started.location(name)
    const randomness = seededRandomness('ten nodes')
    const nodes = await Promise.all(Array.from({ length: 10 }, () => openPostgresStorage({ location, randomness })))
    await using world = await open()
    const made = await Promise.all(nodes.map((node) => node.createSite(world.first)))
    expect(made.toSorted()).toEqual(['created', ...Array.from({ length: 9 }, () => 'exists')])
    for (const node of nodes) expect(await node.findSite()).toEqual(world.site)
    await Promise.all(nodes.map((node) => node.close()))
    await started.dropDatabase(name)
  })
})
