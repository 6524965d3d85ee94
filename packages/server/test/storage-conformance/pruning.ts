import { expect, test } from 'vitest'
import type { EpochMs, SecretHash } from '../../src/domain/ids.ts'
import { day, hour, minute } from '../support/manual-clock.ts'
import type { OpenWorld, World } from './world.ts'

export function pruningConformance(open: OpenWorld): void {
  test('D-19: at every age, before and after pruning, no old credential is accepted', async () => {
    await using world = await open()
    const old = await anOldWorld(world)
    const born = world.clock.now()
    let pruned = 0
    for (const age of ages()) {
      world.clock.set(born + age)
      await world.storage.touchSession(old.alive.id, world.clock.now())
      for (const when of ['before', 'after']) {
        expect(await old.accepted(), `${when} pruning at the age of ${age / day} days`).toEqual([])
        if (when === 'before') pruned += await world.storage.prune(world.clock.now(), 1000)
      }
      expect(await world.standing({ by: 'secret', hash: old.alive.secret })).toBe('live')
    }
    expect(pruned).toBeGreaterThan(10)
    expect(await world.database.count('revocation_log')).toBe(0)
    expect(await world.database.count('session')).toBe(1)
    expect(await world.database.count('client_grant')).toBe(1)
    expect(await world.database.count('refresh_token')).toBe(1)
    expect(await world.database.count('ticket')).toBe(0)
    expect(await world.database.count('authorization_code')).toBe(0)
    expect(await world.database.count('visitor_tombstone')).toBe(0)
  })

  test('D-19: at every age the same holds when pruning goes on in portions of one', async () => {
    await using world = await open()
    const old = await anOldWorld(world)
    const born = world.clock.now()
    for (const age of ages().filter((_, index) => index % 3 === 0)) {
      world.clock.set(born + age)
      await world.storage.touchSession(old.alive.id, world.clock.now())
      await world.storage.prune(world.clock.now(), 1)
      expect(await old.accepted(), `at the age of ${age / day} days`).toEqual([])
    }
    expect(await world.standing({ by: 'secret', hash: old.alive.secret })).toBe('live')
  })

  test('D-19: what is still in use is not pruned at any age', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember(), { expiresAt: world.clock.now() + 1000 * day })
    const grant = await world.addGrant(session)
    const before = await world.database.count('refresh_token')
    for (let days = 0; days < 400; days += 20) {
      world.clock.advance(20 * day)
      await world.storage.touchSession(session.id, world.clock.now())
      await world.storage.prune(world.clock.now(), 1000)
      expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('live')
      expect(await world.refreshStanding(grant.refreshToken)).toBe('live')
    }
    expect(await world.database.count('refresh_token')).toBe(before)
  })

  test('A-07: an ended session can be looked up for thirty days, and is gone after them', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const { sid } = await world.addGrant(session)
    await world.end({ by: 'id', id: session.id })
    world.clock.advance(30 * day - 1)
    await world.storage.prune(world.clock.now(), 100)
    expect(await world.standing({ by: 'sid', sid })).toBe('logout')
    world.clock.advance(1)
    await world.storage.prune(world.clock.now(), 100)
    expect(await world.standing({ by: 'sid', sid })).toBe('unknown')
    expect(await world.end({ by: 'id', id: session.id })).toEqual({ outcome: 'unknown' })
  })

  test('A-07: records of the audit log go once they are older than a moment, from the oldest on, so many at once', async () => {
    await using world = await open()
    const member = await world.addMember()
    const begun = world.clock.now()
    for (let days = 1; days <= 10; days += 1) {
      world.clock.set(begun + days * day)
      await world.addSession(member)
    }
    const records = await world.storage.readAudit(0, 100)
    const keptFrom = (days: number) => records.filter(({ at }) => at >= begun + days * day)
    expect(await world.storage.pruneAudit(begun, 100)).toBe(0)
    expect(await world.storage.readAudit(0, 100)).toEqual(records)
    expect(await world.storage.pruneAudit(begun + 3 * day, 100)).toBe(records.length - keptFrom(3).length)
    expect(await world.storage.readAudit(0, 100)).toEqual(keptFrom(3))
    expect(await world.storage.pruneAudit(begun + 5 * day, 1)).toBe(1)
    expect(await world.storage.readAudit(0, 100)).toEqual(keptFrom(4))
    expect(await world.storage.pruneAudit(begun + 5 * day, 100)).toBe(1)
    expect((await world.storage.queryAudit({ order: 'newest', cursor: null, limit: 100 })).records).toEqual(
      keptFrom(5).toReversed(),
    )
  })

  test('A-07: the newest record stays at any age, and so a witness finds the log no shorter than it was', async () => {
    await using world = await open()
    // Only what knows its installation has something to be known by.
    const decided = { decision: 'keep', newId: world.randomness.guid(), above: 0 } as const
    await world.storage.decideEpoch({ ...world.asked(), ...decided })
    await world.addSession(await world.addMember())
    const [witness, newest] = [await world.storage.witness(), (await world.storage.readAudit(0, 100)).at(-1)]
    world.clock.advance(4000 * day)
    await world.storage.pruneAudit(world.clock.now(), 100)
    expect(await world.storage.readAudit(0, 100)).toEqual([newest])
    expect(await world.storage.witness()).toEqual(witness)
    const session = await world.addSession(await world.addMember())
    const [, , next] = await world.storage.readAudit(0, 100)
    expect(next).toMatchObject({ n: (newest?.n ?? 0) + 2, sessionId: session.id })
  })

  test('A-07: the chain of the log holds after its entries and the records are gone', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    await world.end({ by: 'id', id: session.id })
    const batches = await world.storage.readLogBatches(0, 100)
    world.clock.advance(500 * day)
    await world.storage.prune(world.clock.now(), 100)
    await world.storage.pruneAudit(world.clock.now(), 100)
    expect(await world.storage.readLogBatches(0, 100)).toEqual(batches)
    expect((await world.storage.logHead()).chain).toEqual(batches.at(-1)?.chain)
  })

  test('no more rows of a kind go at once than allowed, also when all have the same age', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const kept = { clientId: world.client.id, createdAt: world.clock.now(), expiresAt: world.clock.now() + minute }
    for (let count = 0; count < 10; count += 1) {
      const names = { session: session.id }
      await world.storage.issueLogoutTicket({ ...kept, hash: world.aSecret(), names })
    }
    world.clock.advance(2 * day)
    expect(await world.storage.prune(world.clock.now(), 4)).toBe(4)
    expect(await world.storage.prune(world.clock.now(), 4)).toBe(4)
    expect(await world.storage.prune(world.clock.now(), 4)).toBe(2)
    expect(await world.storage.prune(world.clock.now(), 4)).toBe(0)
  })

  test('an end that is pruned while its session’s grants are many takes all of them along', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    for (let count = 0; count < 5; count += 1) await world.addGrant(session, await world.addClient())
    await world.end({ by: 'id', id: session.id })
    world.clock.advance(40 * day)
    await world.storage.prune(world.clock.now(), 1)
    for (const table of ['session', 'client_grant', 'refresh_token', 'revocation_log'] as const) {
      expect(await world.database.count(table)).toBe(0)
    }
  })
}

/** From the moment itself over minutes, hours and days to more than a year. */
function ages(): readonly EpochMs[] {
  const first = [0, 1, minute, 5 * minute, 10 * minute, hour, 4 * hour + minute, 12 * hour]
  const daily = Array.from({ length: 45 }, (_, index) => (index + 1) * day)
  const then = Array.from({ length: 20 }, (_, index) => (45 + 20 * (index + 1)) * day)
  return [...first, ...daily, ...then].flatMap((age) => [age, age + 1])
}

/**
 * Sessions that ended in every way, with all their credentials, beside one that is alive.
 *
 * `accepted` presents every old credential in every way and names those that were taken.
 */
async function anOldWorld(world: World) {
  const member = await world.addMember()
  const forever = { expiresAt: world.clock.now() + 10_000 * day, idleMs: 10_000 * day }
  const alive = await world.addSession(member, forever)
  await world.addGrant(alive)
  const clients = [world.client, await world.addClient()] as const

  // A grant that ended alone, of a session that lives.
  const revoked = await world.addGrant(alive, clients[1])
  const replayable = await world.addCode(alive)
  await world.endGrant(revoked.sid)

  const ended = await world.addSession(member, forever)
  const grants = [await world.addGrant(ended, clients[0]), await world.addGrant(ended, clients[1])]
  const unusedCode = await world.addCode(ended)
  const logoutTicket = world.aSecret()
  await world.storage.issueLogoutTicket({
    hash: logoutTicket,
    names: { session: ended.id },
    clientId: world.client.id,
    createdAt: world.clock.now(),
    expiresAt: world.clock.now() + 10 * minute,
  })
  await world.end({ by: 'id', id: ended.id })

  const withTicket = await world.addSessionWithTicket(member)
  await world.end({ by: 'id', id: withTicket.id }, 'admin')

  const visitorId = world.aVisitor()
  const visitorTokenDies = world.clock.now() + 30 * day
  await world.end({ by: 'visitor', siteId: world.site.id, visitorId, until: visitorTokenDies })

  const redeemDies = replayable.expiresAt

  async function accepted(): Promise<readonly string[]> {
    const taken: string[] = []
    const refuse = (name: string, refused: boolean) => void (refused || taken.push(name))
    refuse('secret', (await world.standing({ by: 'secret', hash: ended.secret })) !== 'live')
    refuse('number', (await world.standing({ by: 'id', id: ended.id })) !== 'live')
    for (const { sid, refreshToken, code, presented } of [...grants, revoked]) {
      refuse('sid', (await world.standing({ by: 'sid', sid })) !== 'live')
      refuse('refresh token', (await world.refreshStanding(refreshToken)) !== 'live')
      const rotation = { ...world.asked(), hash: refreshToken, successorHash: world.aSecret() }
      refuse('rotation', (await world.storage.rotateRefreshToken(rotation)).outcome !== 'rotated')
      refuse('spent code', (await redeem(code, presented)) !== 'granted')
    }
    refuse('unused code', (await redeem(unusedCode.hash, world.aRedemption(unusedCode).presented)) !== 'granted')
    if (world.clock.now() >= redeemDies) {
      refuse('expired code', (await redeem(replayable.hash, world.aRedemption(replayable).presented)) !== 'granted')
    }
    for (const hash of [withTicket.ticket, logoutTicket]) {
      const issued = await world.storage.issueCode(world.anIssue({ by: 'ticket', hash }, world.aCode()))
      refuse('ticket', issued.outcome !== 'issued')
    }
    const bySecret = world.anIssue({ by: 'secret', hash: ended.secret }, world.aCode())
    refuse('code by secret', (await world.storage.issueCode(bySecret)).outcome !== 'issued')
    if (world.clock.now() < visitorTokenDies + day) {
      refuse('visitor', (await world.storage.checkVisitor(world.site.id, visitorId)).ended)
    }
    return taken
  }

  async function redeem(hash: SecretHash, presented: ReturnType<World['aRedemption']>['presented']): Promise<string> {
    const redemption = { ...world.asked(), hash, presented, sid: world.aSid(), refreshTokenHash: world.aSecret() }
    return (await world.storage.redeemCode(redemption)).outcome
  }

  return { alive, accepted }
}
