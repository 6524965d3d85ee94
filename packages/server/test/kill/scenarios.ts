import type { World } from '../storage-conformance/world.ts'

/** One commit that ends something or opens something, after what it needs was made. */
interface Scenario {
  readonly sentence: string
  readonly prepare: (world: World) => Promise<() => Promise<unknown>>
}

/**
 * The commits in which a process is killed before every statement. The same seed makes the same world in every process,
 * so that the rows before and after are known to whoever looks at what a killed one left.
 */
export const killScenarios = {
  endSession: {
    sentence: 'an end of a session with three grants',
    prepare: async (world) => {
      const { session } = await aSessionWithThreeGrants(world)
      return () => succeed(world.end({ by: 'id', id: session.id }), 'ended')
    },
  },
  changePassword: {
    sentence: 'a password change that ends another session',
    prepare: async (world) => {
      const { session } = await aSessionWithThreeGrants(world)
      const keep = await world.addSession(session.member)
      await world.addGrant(keep)
      const change = {
        ...world.asked(),
        memberId: session.member.id,
        passwordHash: '$second',
        keep: keep.id,
        keepSecretHash: world.aSecret(),
      }
      return () => succeed(world.storage.changePassword(change), 'changed')
    },
  },
  redeemCode: {
    sentence: 'an exchange of a code',
    prepare: async (world) => {
      const { session } = await aSessionWithThreeGrants(world)
      const redemption = world.aRedemption(await world.addCode(session))
      return () => succeed(world.storage.redeemCode(redemption), 'granted')
    },
  },
} as const satisfies Record<string, Scenario>

export type KillScenarioName = keyof typeof killScenarios

async function aSessionWithThreeGrants(world: World) {
  const session = await world.addSession(await world.addMember())
  for (const name of ['one', 'two', 'three']) {
    const client = await world.addClient({
      backchannelLogoutUri: `https://${name}.example/logout`,
      logoutUrl: name === 'three' ? 'https://three.example/bye' : null,
    })
    await world.addGrant(session, client)
  }
  return { session }
}

async function succeed(answering: Promise<{ readonly outcome: string }>, wanted: string): Promise<void> {
  const { outcome } = await answering
  if (outcome !== wanted) throw new Error(`Cannot tell what a kill does to a call that is not ${wanted}: ${outcome}`)
}
