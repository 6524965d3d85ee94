import { expect, test } from 'vitest'
import { worldOpener } from '../storage-conformance/world.ts'
import { SqliteTestDatabase } from '../support/sqlite-test-database.ts'

const open = worldOpener(async (options) => SqliteTestDatabase.inMemory(options))

test('S-09: an end of everyone looks at no session, grant or token, however many there are', async () => {
  await using world = await open()
  const session = await world.addSession(await world.addMember())
  await world.addGrant(session)
  const tables = ['session', 'former_secret', 'client_grant', 'refresh_token', 'member', 'ticket'] as const
  // A statement that so much as names one of them cannot run now.
  for (const table of tables) await world.database.execute(`ALTER TABLE ${table} RENAME TO ${table}_away`)
  expect(await world.end({ by: 'everyone', siteId: world.site.id }, 'admin')).toMatchObject({ outcome: 'ended' })
  for (const table of tables) await world.database.execute(`ALTER TABLE ${table}_away RENAME TO ${table}`)
  expect(await world.standing({ by: 'id', id: session.id })).toBe('generation')
})
