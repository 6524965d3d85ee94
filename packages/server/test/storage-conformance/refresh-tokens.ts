import { expect, test } from 'vitest'
import { day } from '../support/manual-clock.ts'
import type { KnownGrant, KnownSession, OpenWorld, World } from './world.ts'

export function refreshTokenConformance(open: OpenWorld): void {
  test('a refresh token is known with its grant and its session', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const { grant, refreshToken, sid } = await world.addGrant(session)
    const facts = await world.storage.check({ by: 'sid', sid })
    expect(await world.storage.findRefreshToken(refreshToken)).toEqual({ spentAt: null, facts })
    expect(facts?.grant).toEqual({ ...grant, ended: null, clientGenerationNow: 0 })
  })

  test('a refresh token that nobody was given is missing, which is no error', async () => {
    await using world = await open()
    const hash = world.aSecret()
    expect(await world.storage.findRefreshToken(hash)).toBeUndefined()
    expect(await rotate(world, hash)).toBe('unknown')
    expect(await world.database.count('refresh_token')).toBe(0)
  })

  test('a rotated token is spent, and its successor is of the same grant', async () => {
    await using world = await open()
    const { refreshToken, sid } = await world.addGrant(await world.addSession(await world.addMember()))
    const successorHash = world.aSecret()
    world.clock.advance(7)
    expect(await rotate(world, refreshToken, successorHash)).toBe('rotated')
    expect(await world.storage.findRefreshToken(refreshToken)).toMatchObject({ spentAt: world.clock.now() })
    expect(await world.storage.findRefreshToken(successorHash)).toMatchObject({
      spentAt: null,
      facts: { grant: { sid } },
    })
  })

  test('T-11: a spent token does not rotate, and keeps the moment at which it was spent', async () => {
    await using world = await open()
    const { refreshToken } = await world.addGrant(await world.addSession(await world.addMember()))
    await rotate(world, refreshToken)
    const before = await world.database.dump()
    world.clock.advance(1)
    expect(await rotate(world, refreshToken)).toBe('spent')
    expect(await world.database.dump()).toBe(before)
  })

  test('of many rotations of one token in one turn exactly one rotates', async () => {
    await using world = await open()
    const { refreshToken } = await world.addGrant(await world.addSession(await world.addMember()))
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => rotate(world, refreshToken)))
    expect(outcomes.filter((outcome) => outcome === 'rotated')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'spent')).toHaveLength(19)
    expect(await world.database.count('refresh_token')).toBe(2)
  })

  test('of many rotations of one token to the same successor in one turn exactly one rotates', async () => {
    await using world = await open()
    const { refreshToken } = await world.addGrant(await world.addSession(await world.addMember()))
    const successorHash = world.aSecret()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => rotate(world, refreshToken, successorHash)))
    expect(outcomes.filter((outcome) => outcome === 'rotated')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'spent')).toHaveLength(19)
    expect(await world.refreshStanding(successorHash)).toBe('live')
  })

  const over: readonly (readonly [string, (world: World, session: KnownSession, grant: KnownGrant) => unknown])[] = [
    ['its session has ended', (world, { id }) => world.end({ by: 'id', id })],
    ['its grant has ended', (world, _, { sid }) => world.endGrant(sid)],
    ['everyone was ended', (world) => world.end({ by: 'everyone', siteId: world.site.id })],
    ['its member was blocked', (world, { member }) => world.database.setMemberStatus(member.id, 'BLOCKED')],
    ['its session was idle too long', (world) => world.clock.advance(30 * day)],
  ]
  for (const [sentence, happens] of over) {
    test(`a refresh token does not rotate once ${sentence}`, async () => {
      await using world = await open()
      const session = await world.addSession(await world.addMember())
      const grant = await world.addGrant(session)
      await happens(world, session, grant)
      const before = await world.database.dump()
      expect(await rotate(world, grant.refreshToken)).toBe('session_over')
      expect(await world.database.dump()).toBe(before)
    })
  }

  test('D-08: of a rotation and an end in one turn, no token of the family works afterwards', async () => {
    await using world = await open()
    const member = await world.addMember()
    for (const order of ['rotation first', 'end first'] as const) {
      for (const what of ['session', 'grant'] as const) {
        const session = await world.addSession(member)
        const { refreshToken, sid } = await world.addGrant(session)
        const successorHash = world.aSecret()
        const end = () => (what === 'session' ? world.end({ by: 'id', id: session.id }) : world.endGrant(sid))
        const rotating = () => rotate(world, refreshToken, successorHash)
        await Promise.all(order === 'rotation first' ? [rotating(), end()] : [end(), rotating()])
        expect(await world.refreshStanding(refreshToken)).not.toBe('live')
        expect(await world.refreshStanding(successorHash)).not.toBe('live')
        expect(await rotate(world, successorHash)).not.toBe('rotated')
      }
    }
  })
}

async function rotate(
  world: World,
  hash: KnownGrant['refreshToken'],
  successorHash = world.aSecret(),
): Promise<string> {
  const { outcome } = await world.storage.rotateRefreshToken({ ...world.asked(), hash, successorHash })
  return outcome
}
