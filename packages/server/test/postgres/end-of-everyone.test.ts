import { afterAll, expect, test } from 'vitest'
import { Connection } from '../../src/adapters/postgres/connection.ts'
import { sealStatement } from '../../src/adapters/postgres/seal.ts'
import { manySessions } from '../storage-conformance/many-sessions.ts'
import { worldOpener } from '../storage-conformance/world.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { PostgresTestDatabase } from '../support/postgres-test-database.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

const open = worldOpener(async (options) => PostgresTestDatabase.create(await server, options))

interface Plan {
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Plan[]
}

/** How many rows every step of an execution gave or threw away. */
function rowsOf({ Plans = [], ...step }: Plan): number {
  const own = (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops']
  return Plans.reduce((sum, plan) => sum + rowsOf(plan), own)
}

test('S-09: an end of everyone reads as many rows with five thousand sessions as with none', async () => {
  await using world = await open()
  const member = await world.addMember()
  const connection = await Connection.open((await server).location(world.database.name), {
    // As the adapter has it: the plan is made for any number of rows.
    database: { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off', jit: 'off' },
  })
  const what = { by: 'everyone', siteId: world.site.id } as const
  const { text: sql, parameters } = sealStatement(
    [{ ...world.asked(), place: 1, what, cause: 'admin', actor: null }],
    [],
    world.randomness.bytes(32),
  )
  const read = async () => {
    await connection.rows('BEGIN', [])
    const rows = await connection.rows(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, parameters)
    await connection.rows('ROLLBACK', [])
    // The driver has read the JSON.
    const explained = rows[0]?.['QUERY PLAN'] as unknown as readonly { readonly Plan: Plan }[] | undefined
    return (explained ?? []).reduce((sum, { Plan }) => sum + rowsOf(Plan), 0)
  }
  const none = await read()
  expect(none).toBeGreaterThan(0)
  await world.database.execute(manySessions(member, 5000))
  expect(await read()).toBe(none)
  await connection.close()
})
