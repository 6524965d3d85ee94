/**
 * Which programs are at work on the database, by the version of the schema that they know.
 *
 * Each connection of a node says so by an advisory lock for as long as it is open. A step of the schema that such a program
 * could not work with is not taken before its connections are gone; whoever connects after the step finds out by reading
 * the version. So no program ever works with a schema that it may not be used with, not even for a moment.
 */
import { assertRunsBeside, type Migration } from '../stored/migration.ts'
import { integer, text } from '../stored/row.ts'
import type { Connection } from './connection.ts'
import { aMoment, programLock, programsKeptAway, programsOlderThan } from './locks.ts'
import { schemaState } from './schema-state.ts'

/** Programs of an older version are connected, and the next step of the schema would break them. */
export class OlderProgramsAtWork extends Error {
  override readonly name = 'OlderProgramsAtWork'
}

/**
 * Says on a connection that a program is at work that knows a version of the schema, until the connection ends.
 *
 * @throws {SchemaTooNew} When the database has a schema that it may not be used with.
 * @throws {StatementRefused} When a step that would break it is being taken, and takes long.
 */
export async function workAs(connection: Connection, known: number): Promise<void> {
  await connection.run(programLock(known))
  // Read after the lock was given: from here on no step is taken that this program cannot work with.
  assertRunsBeside(await schemaState(connection), known)
}

/** A second in all, for what takes a fraction of a millisecond. */
const attemptsMost = 100

/**
 * Keeps programs away that could not work with a step, from before it is taken until its transaction ends.
 *
 * @throws {OlderProgramsAtWork} When one is connected.
 */
export async function keepOlderProgramsAway(
  connection: Connection,
  { name, oldestBeside }: Pick<Migration, 'name' | 'oldestBeside'>,
): Promise<void> {
  let seen: readonly string[] = []
  for (let attempt = 1; attempt <= attemptsMost; attempt += 1) {
    const { rows } = await connection.run(programsKeptAway(oldestBeside))
    if (rows.every((row) => row['free'] === 1)) return
    seen = (await connection.run(programsOlderThan(oldestBeside))).rows.map(
      (row) =>
        `process ${integer(row, 'pid')} for ${text(row, 'address')}, which knows version ${integer(row, 'known')}`,
    )
    if (seen.length > 0) break
    // Whoever took the step before has committed, and is letting go of its locks one after the other.
    await connection.run(aMoment)
  }
  throw new OlderProgramsAtWork(
    `Cannot apply migration ${name} as servers are connected that could not work with it; stop them first. ` +
      `Their connections: ${seen.join('; ')}`,
  )
}
