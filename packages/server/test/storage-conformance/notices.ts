import { expect, test } from 'vitest'
import type { NoticeId } from '../../src/domain/ids.ts'
import type { Notice, NoticeList, NoticeRetry } from '../../src/ports/storage.ts'
import { day, minute } from '../support/manual-clock.ts'
import type { OpenWorld, World } from './world.ts'

const all: NoticeList = { state: null, clientId: null, memberId: null, cursor: null, limit: 100 }

export function noticeConformance(open: OpenWorld): void {
  test('what an end owes is listed newest first, and waits for its first attempt', async () => {
    await using world = await open()
    const { clients, sessions } = await aWorldThatOwes(world)
    const { notices, next } = await world.storage.listNotices(all)
    expect(next).toBeNull()
    expect(notices).toHaveLength(4)
    expect(notices.map(({ id }) => id)).toEqual(notices.map(({ id }) => id).toSorted((a, b) => b - a))
    expect(notices.at(-1)).toEqual({
      id: expect.any(Number),
      siteId: world.site.id,
      logN: 1,
      kind: 'backchannel_logout',
      clientId: clients[0].id,
      memberId: sessions[0].member.id,
      state: 'pending',
      attempts: 0,
      nextAttemptAt: world.clock.now(),
      leasedUntil: null,
      lastStatus: null,
      createdAt: world.clock.now(),
      settledAt: null,
    })
  })

  test('notices are found by state, client and member, and by all of them together', async () => {
    await using world = await open()
    const { clients, sessions } = await aWorldThatOwes(world)
    const [first] = (await world.storage.listNotices(all)).notices
    await setState(world, first, 'failed')
    const { notices } = await world.storage.listNotices(all)
    const [one] = clients
    const member = sessions[1].member.id
    for (const [list, fits] of [
      [{ state: 'failed' }, ({ state }) => state === 'failed'],
      [{ state: 'pending' }, ({ state }) => state === 'pending'],
      [{ clientId: one.id }, ({ clientId }) => clientId === one.id],
      [{ memberId: member }, ({ memberId }) => memberId === member],
      [{ state: 'failed', memberId: member }, ({ state, memberId }) => state === 'failed' && memberId === member],
    ] as const satisfies readonly (readonly [Partial<NoticeList>, (notice: Notice) => boolean])[]) {
      const expected = notices.filter(fits)
      expect(expected.length, JSON.stringify(list)).toBeGreaterThan(0)
      expect(expected.length, JSON.stringify(list)).toBeLessThan(notices.length)
      expect((await world.storage.listNotices({ ...all, ...list })).notices, JSON.stringify(list)).toEqual(expected)
    }
    expect(await world.storage.listNotices({ ...all, state: 'delivered' })).toEqual({ notices: [], next: null })
  })

  test('notices are listed in pages, each of them once', async () => {
    await using world = await open()
    await aWorldThatOwes(world)
    const { notices } = await world.storage.listNotices(all)
    for (const notice of notices) await setState(world, notice, 'failed')
    for (const state of [null, 'failed'] as const) {
      const found: Notice[] = []
      let cursor: number | null = null
      do {
        const page = await world.storage.listNotices({ ...all, state, cursor, limit: 3 })
        expect(page.notices.length).toBeLessThanOrEqual(3)
        found.push(...page.notices)
        cursor = page.next
      } while (cursor !== null)
      expect(found.map(({ id }) => id)).toEqual(notices.map(({ id }) => id))
    }
  })

  test('a page looks at a stretch of the notices; those that failed are found at once among many that did not', async () => {
    await using world = await open()
    await aWorldThatOwes(world)
    const oldest = (await world.storage.listNotices(all)).notices.at(-1)
    await setState(world, oldest, 'failed')
    await world.database.execute(`
      INSERT INTO notice (log_n, site_id, client_id, kind, state, attempts, created_at, settled_at)
      WITH RECURSIVE each(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM each WHERE i < 110000)
      SELECT 1, '${world.site.id}', '${world.client.id}', 'webhook', 'delivered', 1, 0, ${world.clock.now()} FROM each`)
    const failed = await world.storage.listNotices({ ...all, state: 'failed' })
    expect(failed).toMatchObject({ notices: [{ id: oldest?.id }], next: null })
    let pages = 0
    const found: Notice[] = []
    let cursor: number | null = null
    do {
      const page = await world.storage.listNotices({ ...all, memberId: oldest?.memberId ?? null, cursor })
      found.push(...page.notices)
      pages += 1
      cursor = page.next
    } while (cursor !== null)
    expect(found.map(({ id }) => id)).toContain(oldest?.id)
    expect(pages).toBeGreaterThan(1)
    expect(pages).toBeLessThan(10)
  })

  test.each(['failed', 'unconfirmable'] as const)(
    'a notice that is %s is tried again as if for the first time, and on record',
    async (state) => {
      await using world = await open()
      await aWorldThatOwes(world)
      const notice = (await world.storage.listNotices(all)).notices[1]
      await setState(world, notice, state)
      world.clock.advance(minute)
      const retry = retrying(world, notice)
      const expected = {
        ...notice,
        state: 'pending',
        attempts: 0,
        nextAttemptAt: world.clock.now(),
        settledAt: null,
        lastStatus: 'refused',
      }
      expect(await world.storage.retryNotice(retry)).toEqual({ outcome: 'pending', notice: expected })
      expect((await world.storage.listNotices(all)).notices[1]).toEqual(expected)
      const { at, requestId, actor } = retry
      expect((await world.storage.readAudit(0, 100)).at(-1)).toMatchObject({
        event: 'notice.retried',
        at,
        requestId,
        actor,
        memberId: notice?.memberId,
        clientId: notice?.clientId,
      })
      // Asked again, it is due already.
      const before = await world.database.dump()
      expect(await world.storage.retryNotice(retrying(world, notice))).toEqual({ outcome: 'pending', notice: expected })
      expect(await world.database.dump()).toBe(before)
    },
  )

  test('a notice that waits for a later attempt waits no longer, and keeps count of those before', async () => {
    await using world = await open()
    await aWorldThatOwes(world)
    const [notice] = (await world.storage.listNotices(all)).notices
    await world.database.execute(
      `UPDATE notice SET attempts = 3, next_attempt_at = ${world.clock.now() + day} WHERE id = ${notice?.id}`,
    )
    expect(await world.storage.retryNotice(retrying(world, notice))).toMatchObject({
      outcome: 'pending',
      notice: { attempts: 3, nextAttemptAt: world.clock.now() },
    })
    expect((await world.storage.listNotices(all)).notices[0]).toMatchObject({
      attempts: 3,
      nextAttemptAt: world.clock.now(),
    })
  })

  test('a notice that somebody is delivering is left to them', async () => {
    await using world = await open()
    await aWorldThatOwes(world)
    const [notice] = (await world.storage.listNotices(all)).notices
    const until = world.clock.now() + minute
    await world.database.execute(
      `UPDATE notice SET attempts = 1, leased_until = ${until}, next_attempt_at = ${until} WHERE id = ${notice?.id}`,
    )
    const before = await world.database.dump()
    expect(await world.storage.retryNotice(retrying(world, notice))).toMatchObject({
      outcome: 'pending',
      notice: { leasedUntil: until, nextAttemptAt: until },
    })
    expect(await world.database.dump()).toBe(before)
  })

  test('a notice that has arrived is not tried again, and none is that is not there', async () => {
    await using world = await open()
    await aWorldThatOwes(world)
    const [notice] = (await world.storage.listNotices(all)).notices
    await setState(world, notice, 'delivered')
    const before = await world.database.dump()
    expect(await world.storage.retryNotice(retrying(world, notice))).toEqual({ outcome: 'delivered' })
    expect(await world.storage.retryNotice(retrying(world, { id: 999_999 as NoticeId }))).toEqual({
      outcome: 'unknown',
    })
    expect(await world.database.dump()).toBe(before)
  })

  test('A-07: a settled notice is told for thirty days; one that is still owed stays', async () => {
    await using world = await open()
    await aWorldThatOwes(world)
    const [owed, ...settled] = (await world.storage.listNotices(all)).notices
    for (const [index, state] of (['delivered', 'failed', 'unconfirmable'] as const).entries()) {
      await setState(world, settled[index], state)
    }
    world.clock.advance(30 * day - 1)
    await world.storage.prune(world.clock.now(), 100)
    expect((await world.storage.listNotices(all)).notices).toHaveLength(4)
    world.clock.advance(1)
    await world.storage.prune(world.clock.now(), 100)
    expect((await world.storage.listNotices(all)).notices).toEqual([owed])
    world.clock.advance(1000 * day)
    await world.storage.prune(world.clock.now(), 100)
    expect((await world.storage.listNotices(all)).notices).toEqual([owed])
  })
}

function retrying(world: World, notice: Pick<Notice, 'id'> | undefined): NoticeRetry {
  if (notice === undefined) throw new Error('There is no notice')
  return { ...world.asked(), id: notice.id, actor: { kind: 'administrator', id: world.administratorKey.id } }
}

/** Two sessions of two members that ended, each with a grant of two clients that want to be told. */
async function aWorldThatOwes(world: World) {
  const client = (name: string) => world.addClient({ backchannelLogoutUri: `https://${name}.example/logout` })
  const clients = [await client('one'), await client('two')] as const
  const sessions = [
    await world.addSession(await world.addMember()),
    await world.addSession(await world.addMember()),
  ] as const
  for (const session of sessions) {
    for (const each of clients) await world.addGrant(session, each)
    await world.end({ by: 'id', id: session.id })
  }
  return { clients, sessions }
}

/** As those who deliver will leave it. */
async function setState(world: World, notice: Notice | undefined, state: 'delivered' | 'failed' | 'unconfirmable') {
  await world.database.execute(`
    UPDATE notice SET state = '${state}', attempts = 9, next_attempt_at = NULL, settled_at = ${world.clock.now()},
      last_status = 'refused' WHERE id = ${notice?.id}`)
}
