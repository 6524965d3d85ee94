import type { Changes } from './changes.ts'
import type { Ended } from './ended.ts'
import type { Loaded } from './loaded.ts'
import type { Needs } from './needs.ts'

/**
 * A piece of a batch, in three steps. It may run more than once: with others, and alone when one of them failed.
 *
 * `needs` says what has to be locked and read, before anything is known. `decide` is pure but for `changes`: it sees what
 * was loaded and what the works before it decided. What it gives back makes the answer, once the commit is durable.
 */
export type Work<T> = (needs: Needs) => (loaded: Loaded, changes: Changes) => (ended: Ended) => T
