import { expect, test } from 'vitest'
import type { Ending, NewMail } from '../../src/ports/storage.ts'
import { day } from '../support/manual-clock.ts'
import { aCreation } from './api-keys.ts'
import { aChallenge, aMail, aRecovery } from './challenges.ts'
import { aSignOn } from './sign-ons.ts'
import type { Table } from './test-database.ts'
import type { OpenWorld, World } from './world.ts'

/** A call that writes, after what it needs was made. */
interface Call {
  readonly sentence: string
  /** Everything that it writes: a fault in each of them must undo all of it. */
  readonly writes: readonly Table[]
  readonly prepare: (world: World) => Promise<{
    /** Rejects, or throws the error of its one answer, when it could not be done. */
    readonly call: () => Promise<unknown>
    /** What the world looks like through the port; the same before a call and after one that failed. */
    readonly look: () => Promise<unknown>
  }>
}

const ends = ['revocation_log', 'log_batch', 'log_head', 'notice', 'audit'] as const

const calls: readonly Call[] = [
  {
    sentence: 'the deletion of a client',
    writes: ['client', 'audit'],
    prepare: async (world) => {
      const { sids } = await aSessionWithThreeGrants(world)
      const actor = { kind: 'administrator', id: world.administratorKey.id } as const
      return {
        call: () => world.storage.deleteClient({ ...world.asked(), clientId: world.client.id, actor }),
        look: async () => [
          await world.storage.listClients(),
          await world.storage.findGrantsToEnd(100),
          await Promise.all(sids.map((sid) => world.standing({ by: 'sid', sid }))),
        ],
      }
    },
  },
  {
    sentence: 'an end of a session with three grants',
    writes: ends,
    prepare: async (world) => {
      const { session, sids } = await aSessionWithThreeGrants(world)
      return {
        call: () => endOrThrow(world, { by: 'id', id: session.id }),
        look: async () => [
          await world.standing({ by: 'secret', hash: session.secret }),
          await Promise.all(sids.map((sid) => world.standing({ by: 'sid', sid }))),
        ],
      }
    },
  },
  {
    sentence: 'an end by a logout ticket',
    writes: [...ends, 'ticket'],
    prepare: async (world) => {
      const { session } = await aSessionWithThreeGrants(world)
      const hash = world.aSecret()
      await world.storage.issueLogoutTicket({
        hash,
        names: { session: session.id },
        clientId: world.client.id,
        createdAt: world.clock.now(),
        expiresAt: world.clock.now() + 1000,
      })
      return {
        call: () => endOrThrow(world, { by: 'logout_ticket', hash }),
        look: async () => [
          await world.standing({ by: 'id', id: session.id }),
          await world.storage.findTicket('logout', hash),
        ],
      }
    },
  },
  {
    sentence: 'an end of all sessions of a member',
    writes: [...ends, 'member', 'mail'],
    prepare: async (world) => {
      const { session } = await aSessionWithThreeGrants(world)
      const other = await world.addSession(session.member)
      return {
        call: () => endOrThrow(world, { by: 'member', memberId: session.member.id }, [world.aMail(session.member)]),
        look: async () => [
          await world.standing({ by: 'id', id: session.id }),
          await world.standing({ by: 'id', id: other.id }),
        ],
      }
    },
  },
  {
    sentence: 'an end of everyone',
    writes: ['site', 'revocation_log', 'log_batch', 'log_head', 'audit'],
    prepare: async (world) => {
      const session = await world.addSession(await world.addMember())
      return {
        call: () => endOrThrow(world, { by: 'everyone', siteId: world.site.id }),
        look: () => world.standing({ by: 'id', id: session.id }),
      }
    },
  },
  {
    sentence: 'an end of a visitor',
    writes: ['visitor_tombstone', 'revocation_log', 'log_batch', 'log_head', 'audit'],
    prepare: async (world) => {
      const visitorId = world.aVisitor()
      const siteId = world.site.id
      return {
        call: () => endOrThrow(world, { by: 'visitor', siteId, visitorId, until: world.clock.now() + 1000 }),
        look: () => world.storage.checkVisitor(siteId, visitorId),
      }
    },
  },
  {
    sentence: 'an end of a grant',
    writes: ends,
    prepare: async (world) => {
      const { session, sids } = await aSessionWithThreeGrants(world)
      const [sid = world.aSid()] = sids
      return {
        call: async () => {
          const answer = await world.endGrant(sid)
          if (answer.outcome === 'failed') throw answer.error
          return answer
        },
        look: async () => [
          await world.standing({ by: 'id', id: session.id }),
          await world.standing({ by: 'sid', sid }),
        ],
      }
    },
  },
  {
    sentence: 'a login that replaces a session',
    writes: [...ends, 'session', 'ticket'],
    prepare: async (world) => {
      const { session } = await aSessionWithThreeGrants(world)
      const [secretHash, ticket] = [world.aSecret(), { hash: world.aSecret(), expiresAt: world.clock.now() + 1000 }]
      const start = world.aStart(world.aSession(session.member, { secretHash, ticket }), { replaces: session.secret })
      return {
        call: () => world.storage.startSession(start),
        look: async () => [
          await world.standing({ by: 'id', id: session.id }),
          await world.standing({ by: 'secret', hash: secretHash }),
          await world.storage.findTicket('session', ticket.hash),
        ],
      }
    },
  },
  {
    sentence: 'a registration with a session',
    writes: ['member', 'session', 'audit'],
    prepare: async (world) => {
      const member = world.aMember()
      const secretHash = world.aSecret()
      const session = world.aSession(member, { secretHash })
      return {
        call: () => world.storage.registerMember({ ...world.asked(), member, session }),
        look: async () => [
          await world.storage.findMember(member.id),
          await world.standing({ by: 'secret', hash: secretHash }),
        ],
      }
    },
  },
  {
    sentence: 'a password change that ends other sessions',
    writes: [...ends, 'member', 'session', 'mail'],
    prepare: async (world) => {
      const { session } = await aSessionWithThreeGrants(world)
      const keep = await world.addSession(session.member)
      const keepSecretHash = world.aSecret()
      const memberId = session.member.id
      const change = { ...world.asked(), memberId, passwordHash: '$second', keep: keep.id, keepSecretHash }
      const mails = [world.aMail(session.member)]
      return {
        call: () => world.storage.changePassword({ ...change, mails }),
        look: async () => [
          await world.storage.findMember(memberId),
          await world.standing({ by: 'secret', hash: session.secret }),
          await world.standing({ by: 'secret', hash: keep.secret }),
          await world.standing({ by: 'secret', hash: keepSecretHash }),
        ],
      }
    },
  },
  {
    sentence: 'a start that ends the oldest session of the member',
    writes: [...ends, 'session'],
    prepare: async (world) => {
      const { session } = await aSessionWithThreeGrants(world)
      const secretHash = world.aSecret()
      const start = world.aStart(world.aSession(session.member, { secretHash, sessionsMost: 1 }))
      return {
        call: () => world.storage.startSession(start),
        look: async () => [
          await world.standing({ by: 'secret', hash: session.secret }),
          await world.standing({ by: 'secret', hash: secretHash }),
        ],
      }
    },
  },
  {
    sentence: 'a block that ends the sessions of a member',
    writes: [...ends, 'member', 'mail'],
    prepare: async (world) => {
      const { session } = await aSessionWithThreeGrants(world)
      const memberId = session.member.id
      const actor = { kind: 'administrator', id: world.administratorKey.id } as const
      const block = { ...world.asked(), memberId, actor, mails: [world.aMail(session.member)] }
      return {
        call: () => world.storage.blockMember(block),
        look: async () => [
          await world.storage.findMember(memberId),
          await world.standing({ by: 'secret', hash: session.secret }),
        ],
      }
    },
  },
  {
    sentence: 'a change of settings',
    writes: ['site', 'audit'],
    prepare: async (world) => {
      const { id: siteId, name, settings } = world.site
      const change = {
        ...world.asked(),
        siteId,
        from: settings,
        to: { ...settings, accessTokenSeconds: 60 },
        name: { from: name, to: 'Another name' },
        actor: { kind: 'administrator', id: world.administratorKey.id },
      } as const
      return { call: () => world.storage.replaceSettings(change), look: () => world.storage.findSite() }
    },
  },
  {
    sentence: 'a recovery that ends the sessions of a member and starts another',
    writes: [...ends, 'challenge', 'member', 'mail', 'session', 'ticket'],
    prepare: async (world) => {
      const { session } = await aSessionWithThreeGrants(world)
      const { member } = session
      const link = aChallenge(world, member, 'recovery')
      const actor = { kind: 'system' } as const
      await world.storage.openChallenge({ ...world.asked(), challenge: link, mails: [], actor })
      const ticket = { hash: world.aSecret(), expiresAt: world.clock.now() + 1000 }
      const recovery = aRecovery(world, member, link, {
        session: world.aSession(member, { secretHash: null, ticket }),
        mails: [aMail(world, member, 'password_reset')],
      })
      return {
        call: () => world.storage.recoverMember(recovery),
        look: async () => [
          await world.storage.findMember(member.id),
          await world.storage.findChallenge(link.id),
          await world.standing({ by: 'secret', hash: session.secret }),
          await world.storage.findTicket('session', ticket.hash),
        ],
      }
    },
  },
  {
    sentence: 'an addition of several members',
    writes: ['member', 'audit'],
    prepare: async (world) => {
      const actor = { kind: 'administrator', id: world.administratorKey.id } as const
      const members = [world.aMember(), world.aMember()]
      const addition = { ...world.asked(), members, event: 'member.imported', actor } as const
      return {
        call: () => world.storage.addMembers(addition),
        look: () => Promise.all(members.map(({ id }) => world.storage.findMember(id))),
      }
    },
  },
  {
    sentence: 'a change of an address',
    writes: ['member', 'mail', 'audit'],
    prepare: async (world) => {
      const { id: memberId, revision, email: recipient } = await world.addMember()
      const actor = { kind: 'administrator', id: world.administratorKey.id } as const
      const about = { siteId: world.site.id, memberId, createdAt: world.clock.now() }
      const mails = [{ ...about, kind: 'email_changed', recipient, language: 'en', parameters: {} } as const]
      const address = { email: 'New@member.example', emailKey: 'new@member.example', emailVerified: false }
      const change = { ...world.asked(), memberId, actor, revision, ...address, mails }
      return {
        call: () => world.storage.changeEmail(change),
        look: () => world.storage.findMember(memberId),
      }
    },
  },
  {
    sentence: 'a deletion that ends the sessions of a member',
    writes: [...ends, 'member'],
    prepare: async (world) => {
      const { session } = await aSessionWithThreeGrants(world)
      const memberId = session.member.id
      const actor = { kind: 'administrator', id: world.administratorKey.id } as const
      const deletion = { ...world.asked(), memberId, actor }
      return {
        call: () => world.storage.deleteMember(deletion),
        look: async () => [
          await world.storage.findMember(memberId),
          await world.standing({ by: 'secret', hash: session.secret }),
        ],
      }
    },
  },
  {
    sentence: 'signing on a member who is changed by it',
    writes: ['member', 'session', 'ticket', 'audit'],
    prepare: async (world) => {
      const member = await world.addMember({ status: 'PENDING', statusReasons: ['PENDING_ADMIN_APPROVAL_REQUIRED'] })
      const signOn = aSignOn(world, { emailKey: member.emailKey, emailVerified: true })
      return {
        call: () => world.storage.signOn(signOn),
        look: async () => [await world.storage.findMember(member.id), await world.database.sessions()],
      }
    },
  },
  {
    sentence: 'a new API key',
    writes: ['api_key', 'audit'],
    prepare: async (world) => {
      const creation = aCreation(world)
      return {
        call: () => world.storage.createApiKey(creation),
        look: () => world.storage.listApiKeys(),
      }
    },
  },
  {
    sentence: 'the revocation of an API key',
    writes: ['api_key', 'audit'],
    prepare: async (world) => {
      const { key, hash, siteId, actor } = aCreation(world)
      await world.storage.createApiKey({ ...world.asked(), key, hash, siteId, actor })
      const revocation = { ...world.asked(), siteId, id: key.id, actor }
      return {
        call: () => world.storage.revokeApiKey(revocation),
        look: () => world.storage.findApiKey(hash),
      }
    },
  },
  {
    sentence: 'the removal of an administrator',
    writes: ['administrator_key', 'audit'],
    prepare: async (world) => {
      const { id: siteId } = world.site
      const actor = { kind: 'administrator', id: world.administratorKey.id } as const
      const key = { id: world.randomness.guid(), name: 'Second', role: 'owner', createdAt: world.clock.now() } as const
      await world.storage.addAdministratorKey({ ...world.asked(), siteId, key, hash: world.aSecret(), actor })
      const removal = { ...world.asked(), siteId, id: key.id, actor }
      return {
        call: () => world.storage.removeAdministratorKey(removal),
        look: () => world.storage.listAdministratorKeys(),
      }
    },
  },
  {
    sentence: 'an issue of a code that claims a session and replaces another',
    writes: [...ends, 'ticket', 'session', 'authorization_code'],
    prepare: async (world) => {
      const { session } = await aSessionWithThreeGrants(world)
      const next = await world.addSessionWithTicket(session.member)
      const cookie = { secretHash: world.aSecret(), replaces: session.secret, device: null }
      const issue = world.anIssue({ by: 'ticket', hash: next.ticket }, world.aCode(), cookie)
      return {
        call: () => world.storage.issueCode(issue),
        look: async () => [
          await world.standing({ by: 'id', id: session.id }),
          await world.storage.findTicket('session', next.ticket),
          await world.standing({ by: 'secret', hash: cookie.secretHash }),
        ],
      }
    },
  },
  {
    sentence: 'an exchange of a code',
    writes: ['authorization_code', 'client_grant', 'refresh_token', 'audit'],
    prepare: async (world) => {
      const session = await world.addSession(await world.addMember())
      const redemption = world.aRedemption(await world.addCode(session))
      return {
        call: () => world.storage.redeemCode(redemption),
        look: async () => [
          await world.standing({ by: 'sid', sid: redemption.sid }),
          await world.refreshStanding(redemption.refreshTokenHash),
        ],
      }
    },
  },
  {
    sentence: 'a rotation of a refresh token',
    writes: ['refresh_token'],
    prepare: async (world) => {
      const { refreshToken } = await world.addGrant(await world.addSession(await world.addMember()))
      const rotation = { ...world.asked(), hash: refreshToken, successorHash: world.aSecret() }
      return {
        call: () => world.storage.rotateRefreshToken(rotation),
        look: async () => [
          await world.storage.findRefreshToken(refreshToken),
          await world.storage.findRefreshToken(rotation.successorHash),
        ],
      }
    },
  },
  {
    sentence: 'pruning, so that no end is forgotten before what it ended,',
    writes: [
      'revocation_log',
      'session',
      'client_grant',
      'refresh_token',
      'authorization_code',
      'ticket',
      'visitor_tombstone',
      'mail',
    ],
    prepare: async (world) => {
      const { session, sids } = await aSessionWithThreeGrants(world)
      const withTicket = await world.addSessionWithTicket(session.member)
      const other = world.aMember()
      const mails = [world.aMail(other)]
      await world.storage.registerMember({ ...world.asked(), member: other, mails, session: null })
      const visitorId = world.aVisitor()
      await world.end({ by: 'visitor', siteId: world.site.id, visitorId, until: world.clock.now() })
      await world.end({ by: 'id', id: session.id })
      world.clock.advance(40 * day)
      return {
        call: () => world.storage.prune(world.clock.now(), 100),
        look: async () => [
          await world.standing({ by: 'secret', hash: session.secret }),
          await Promise.all(sids.map((sid) => world.standing({ by: 'sid', sid }))),
          await world.storage.findTicket('session', withTicket.ticket),
          await world.storage.checkVisitor(world.site.id, visitorId),
        ],
      }
    },
  },
]

export function faultConformance(open: OpenWorld): void {
  for (const { sentence, writes, prepare } of calls) {
    test(`D-04, A-01: ${sentence} takes effect wholly or not at all, whichever of its writes fails`, async () => {
      await using world = await open()
      const { call, look } = await prepare(world)
      const before = { rows: await world.database.dump(), seen: await look() }
      for (const table of writes) {
        await world.database.breakWrites(table)
        await expect(call(), `with ${table} broken`).rejects.toMatchObject({
          name: 'StorageUnavailable',
          outcome: 'nothing_happened',
        })
        expect({ rows: await world.database.dump(), seen: await look() }, `with ${table} broken`).toEqual(before)
        await world.database.mend()
      }
      // The same call goes through once nothing is broken, so that it was the fault that stopped it.
      await call()
      const after = { rows: await world.database.dump(), seen: await look() }
      expect(after.rows).not.toBe(before.rows)
      expect(after.seen).not.toEqual(before.seen)
    })
  }

  test('D-04: of the writes of one turn, those that do not touch what is broken are done', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    const secretHash = world.aSecret()
    await world.database.breakWrites('revocation_log')
    const [ended, started] = await Promise.all([
      world.end({ by: 'id', id: session.id }),
      world.storage.startSession(world.aStart(world.aSession(member, { secretHash }))),
    ])
    expect(ended).toMatchObject({ outcome: 'failed', error: { outcome: 'nothing_happened' } })
    expect(started).toMatchObject({ outcome: 'started' })
    expect(await world.standing({ by: 'id', id: session.id })).toBe('live')
    expect(await world.standing({ by: 'secret', hash: secretHash })).toBe('live')
  })
}

async function aSessionWithThreeGrants(world: World) {
  const session = await world.addSession(await world.addMember())
  const sids = []
  for (const name of ['one', 'two', 'three']) {
    const client = await world.addClient({
      backchannelLogoutUri: `https://${name}.example/logout`,
      logoutUrl: name === 'three' ? 'https://three.example/bye' : null,
    })
    sids.push((await world.addGrant(session, client)).sid)
  }
  return { session, sids }
}

async function endOrThrow(world: World, what: Ending, mails: readonly NewMail[] = []): Promise<unknown> {
  const [answer] = await world.storage.endSessions([world.anEnd(what, { mails })])
  if (answer?.outcome === 'failed') throw answer.error
  return answer
}
