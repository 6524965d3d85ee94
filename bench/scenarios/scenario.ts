import type { Contender, Installation, Wanted } from '../contender.ts'
import type { Profile } from '../running/measure-load.ts'

/** One thing that is measured, for several contenders in turn, so that a disturbance of the machine meets all alike. */
export interface Scenario {
  /** As it is written on the command line. */
  readonly name: string
  readonly title: string
  /**
   * Whether something is counted and not timed: once is enough, however busy the machine is, and further rounds add to the
   * count.
   */
  readonly counts?: boolean
  readonly entries: readonly Entry[]
}

/** One row of a scenario's table. */
export interface Entry {
  /** What goals call it; unique in the scenario. */
  readonly key: string
  readonly title: string
  /** Who is set up for it before; nobody where the measurement starts what it needs, or starts nothing. */
  readonly contender?: Contender
  /** How much is stored, where it is not what the command line says. */
  readonly sizes?: Sizes
  measure(surroundings: Surroundings): Promise<Figures>
}

/** The figures of one round. */
export type Figures = Readonly<Record<string, number>>

/** What a measurement is given. */
export interface Surroundings {
  /** The contender's data, made at the first call of a run. */
  install(contender: Contender, sizes?: Sizes): Promise<Installation>
  readonly profile: Profile
  /** A directory for what a measurement writes down. */
  readonly workplace: string
}

export type Sizes = Pick<Wanted, 'sessions' | 'known'>
