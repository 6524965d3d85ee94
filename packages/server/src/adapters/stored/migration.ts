import { SchemaTooNew } from './schema-too-new.ts'

/** One step of an adapter's schema. Its place in the adapter's list is the version that it makes; a released one is never edited. */
export interface Migration {
  /** What its file is called. */
  readonly name: string
  /**
   * The oldest version of the schema that a program may know and still run beside this step. Such a program reads and
   * writes as if the step had not been taken, so a step that only adds leaves this at what it was; one after which older
   * programs would fail, or do wrong, gives the first version whose programs do neither.
   */
  readonly oldestBeside: number
  readonly sql: string
}

/** What a database says of its schema. Both are 0 where it holds nothing of ours. */
export interface SchemaState {
  readonly version: number
  /** Programs that know an older version than this may not run on it. */
  readonly oldestBeside: number
}

/** What was done to a schema. */
export interface Migrated {
  /** The names of the steps that were taken just now, in order. */
  readonly applied: readonly string[]
  /** The version that the database has now. It is higher than `known` where a newer program was here before. */
  readonly version: number
  /** The version that this program knows. */
  readonly known: number
}

/** Whether programs that know this version of the schema may run on a database. */
export function runsBeside(state: SchemaState, known: number): boolean {
  return known >= state.version || known >= state.oldestBeside
}

/**
 * Lets nobody copy what a newer version wrote: what this one does not know would be missing in the copy.
 *
 * @throws {SchemaTooNew} When it is newer than `known`.
 */
export function assertKnown({ version }: SchemaState, known: number): void {
  if (version <= known) return
  throw new SchemaTooNew(
    `Cannot copy the database as its schema has version ${version} and this version of Adjourn knows ${known}: ` +
      'use the version that wrote it',
  )
}

/**
 * Lets nobody use a database whose schema older programs cannot work with.
 *
 * @throws {SchemaTooNew} When programs that know only `known` may not run on it.
 */
export function assertRunsBeside(state: SchemaState, known: number): void {
  if (runsBeside(state, known)) return
  throw new SchemaTooNew(
    `Cannot open the database as its schema has version ${state.version} and works with programs that know version ` +
      `${state.oldestBeside} at least: this version of Adjourn knows ${known}`,
  )
}
