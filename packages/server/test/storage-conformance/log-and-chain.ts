import { expect, test } from 'vitest'
import type { MemberId, SessionId, Sid } from '../../src/domain/ids.ts'
import { commitmentOf, type LogEntry, matterUntil } from '../../src/domain/revocation-log.ts'
import { day } from '../support/manual-clock.ts'
import { problemOfLog, readWholeLog, type WholeLog } from './verify-log.ts'
import type { OpenWorld, World } from './world.ts'

export function logConformance(open: OpenWorld): void {
  test('a log without an end is at its origin', async () => {
    await using world = await open()
    await world.addSession(await world.addMember())
    expect(await world.storage.logHead()).toEqual({ n: 0, chain: new Uint8Array(32) })
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
  })

  test('an entry tells what ended, of whom, by whom, why and when', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const { sid } = await world.addGrant(session)
    const asked = world.asked()
    const actor = { kind: 'administrator', id: 'key-1' } as const
    await world.storage.endSessions([{ ...asked, what: { by: 'id', id: session.id }, cause: 'admin', actor }])
    const [entry] = await world.storage.readLog(0, 10)
    expect(entry).toEqual({
      n: 1,
      kind: 'session',
      siteId: world.site.id,
      sessionId: session.id,
      grantId: null,
      memberId: session.member.id,
      visitorId: null,
      sids: [sid],
      generation: null,
      cause: 'admin',
      actor,
      at: asked.at,
      until: matterUntil(asked.at),
      requestId: asked.requestId,
      salt: expect.any(Uint8Array),
      commitment: expect.any(Uint8Array),
    })
    expect(entry?.salt).toHaveLength(16)
  })

  test('an end by nobody in particular is by the member', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    await world.end({ by: 'id', id: session.id })
    expect(await world.storage.readLog(0, 10)).toMatchObject([{ actor: { kind: 'member', id: session.member.id } }])
  })

  test('numbers have no gap over many batches, whatever failed in between, and the chain verifies from its origin', async () => {
    await using world = await open()
    const sessions = await busyLog(world)
    const log = await readWholeLog(world.storage)
    expect(log.entries.map(({ n }) => n)).toEqual(log.entries.map((_, index) => index + 1))
    expect(log.batches.length).toBeGreaterThan(10)
    expect(problemOfLog(log)).toBeUndefined()
    for (const id of sessions) {
      const entries = log.entries.filter(({ kind, sessionId }) => kind === 'session' && sessionId === id)
      const facts = await world.storage.check({ by: 'id', id })
      expect(entries).toHaveLength(facts?.ended === null ? 0 : 1)
    }
  })

  test('the ends of one turn share one batch', async () => {
    await using world = await open()
    const member = await world.addMember()
    const sessions = await Promise.all(Array.from({ length: 7 }, () => world.addSession(member)))
    await Promise.all(sessions.map(({ id }) => world.end({ by: 'id', id })))
    expect(await world.storage.readLogBatches(0, 10)).toMatchObject([{ n: 7, entries: 7 }])
  })

  test('a commit that ends nothing adds nothing to the chain', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    await world.end({ by: 'id', id: session.id })
    const head = await world.storage.logHead()
    await world.addSession(session.member)
    await world.end({ by: 'id', id: session.id })
    expect(await world.storage.logHead()).toEqual(head)
    expect(await world.database.count('log_batch')).toBe(1)
  })

  test('the log is read in pages', async () => {
    await using world = await open()
    await busyLog(world)
    const whole = await readWholeLog(world.storage)
    const entries: LogEntry[] = []
    for (;;) {
      const page = await world.storage.readLog(entries.at(-1)?.n ?? 0, 7)
      expect(page.length).toBeLessThanOrEqual(7)
      if (page.length === 0) break
      entries.push(...page)
    }
    expect(entries).toEqual(whole.entries)
    expect(await world.storage.readLogBatches(whole.batches.at(-2)?.n ?? 0, 7)).toEqual(whole.batches.slice(-1))
  })

  const alterations: readonly (readonly [string, (entries: LogEntry[]) => void])[] = [
    ['an entry was removed', (entries) => void entries.splice(4, 1)],
    ['the last entry was removed', (entries) => void entries.pop()],
    ['two entries were swapped', (entries) => entries.splice(4, 2, at(entries, 5), at(entries, 4))],
    [
      'two entries were swapped with their numbers put right',
      (entries) => entries.splice(4, 2, { ...at(entries, 5), n: 5 }, { ...at(entries, 4), n: 6 }),
    ],
    ['an entry was added', (entries) => void entries.push({ ...at(entries, 0), n: entries.length + 1 })],
    ['a moment was changed', alter(({ at: moment }) => ({ at: moment + 1 }))],
    ['a bound was changed', alter(({ until }) => ({ until: until + 1 }))],
    ['a session was changed', alter(({ sessionId }) => ({ sessionId: ((sessionId ?? 0) + 1) as SessionId }))],
    ['a cause was changed', alter(() => ({ cause: 'signal' }))],
    ['a sid was changed', alter(() => ({ sids: ['another' as Sid] }))],
    ['a member was changed', alter(() => ({ memberId: 'another' as MemberId }))],
    ['an actor was changed', alter(() => ({ actor: { kind: 'system' } }))],
    ['a request was changed', alter(() => ({ requestId: 'another' }))],
    [
      'a member was changed, and the commitment made to fit',
      alter((entry) => {
        const changed = { ...entry, memberId: 'another' as MemberId }
        return { ...changed, commitment: commitmentOf(changed) }
      }),
    ],
  ]
  for (const [sentence, change] of alterations) {
    test(`A-04: it shows when ${sentence}`, async () => {
      await using world = await open()
      await busyLog(world)
      const log = await readWholeLog(world.storage)
      const entries = [...log.entries]
      change(entries)
      expect(problemOfLog(log)).toBeUndefined()
      expect(problemOfLog({ ...log, entries })).toBeDefined()
    })
  }

  test('A-04: it shows when a batch was removed, or the tail with its batch', async () => {
    await using world = await open()
    await busyLog(world)
    const log = await readWholeLog(world.storage)
    const last = log.batches.at(-1)?.entries ?? 0
    const shorter: readonly WholeLog[] = [
      { ...log, batches: log.batches.toSpliced(2, 1) },
      { ...log, batches: log.batches.slice(0, -1) },
      { ...log, batches: log.batches.slice(0, -1), entries: log.entries.slice(0, -last) },
    ]
    for (const tampered of shorter) expect(problemOfLog(tampered)).toBeDefined()
  })

  test('A-07: the chain says nothing of a person, so that personal fields can be erased under it', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [one, two] = [await world.addSession(member), await world.addSession(member)]
    const asked = world.asked()
    for (const { id } of [one, two]) {
      await world.storage.endSessions([{ ...asked, what: { by: 'id', id }, cause: 'logout', actor: null }])
    }
    const [first, second] = await world.storage.readLog(0, 10)
    // Twice the same person, the same request: without the salt the commitments would be equal, and could be guessed.
    expect(first?.commitment).not.toEqual(second?.commitment)
    const log = await readWholeLog(world.storage)
    const erased = log.entries.map((entry) => ({
      ...entry,
      memberId: null,
      actor: { kind: 'system' } as const,
      requestId: '',
      salt: new Uint8Array(),
    }))
    expect(problemOfLog({ ...log, entries: erased })).toBeUndefined()
  })

  test('the chain goes on from the same head after old entries were pruned', async () => {
    await using world = await open()
    await busyLog(world)
    const before = await readWholeLog(world.storage)
    world.clock.advance(100 * day)
    while ((await world.storage.prune(world.clock.now(), 10)) > 0);
    const after = await readWholeLog(world.storage)
    expect(after.entries).toEqual([])
    expect(after.head).toEqual(before.head)
    expect(after.batches).toEqual(before.batches)
    const session = await world.addSession(await world.addMember())
    await world.end({ by: 'id', id: session.id })
    const next = await readWholeLog(world.storage)
    expect(next.entries).toMatchObject([{ n: before.head.n + 1 }])
    expect(problemOfLog({ ...next, entries: [...before.entries, ...next.entries] })).toBeUndefined()
  })
}

/** Ends of every kind in turns of different sizes, with failures among them. Gives the sessions that it made. */
async function busyLog(world: World): Promise<readonly SessionId[]> {
  const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
  const member = await world.addMember()
  const made: SessionId[] = []
  for (let turn = 0; turn < 12; turn += 1) {
    const sessions = await Promise.all(Array.from({ length: 1 + (turn % 4) }, () => world.addSession(member)))
    made.push(...sessions.map(({ id }) => id))
    const [first] = sessions
    if (first === undefined) continue
    const { sid } = await world.addGrant(first, client)
    await Promise.all([
      ...sessions.map(({ id }, index) => (index === 2 ? undefined : world.end({ by: 'id', id }))),
      world.endGrant(sid),
      world.storage
        .startSession(world.aStart(world.aSession(member, { secretHash: first.secret })))
        .catch((error: unknown) => expect(error).toMatchObject({ name: 'StorageUnavailable' })),
      turn === 5 ? world.end({ by: 'everyone', siteId: world.site.id }) : undefined,
      turn === 7
        ? world.end({ by: 'visitor', siteId: world.site.id, visitorId: world.aVisitor(), until: world.clock.now() })
        : undefined,
    ])
    world.clock.advance(1)
  }
  return made
}

function alter(change: (entry: LogEntry) => Partial<LogEntry>): (entries: LogEntry[]) => void {
  return (entries) => {
    const entry = at(entries, 4)
    entries.splice(4, 1, { ...entry, ...change(entry) })
  }
}

function at(entries: readonly LogEntry[], index: number): LogEntry {
  const entry = entries[index]
  if (entry === undefined) throw new RangeError(`Cannot alter entry ${index} as there are ${entries.length}`)
  return entry
}
