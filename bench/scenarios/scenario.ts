import type { Contender, Installation } from '../contender.ts'
import type { Profile } from '../running/measure-load.ts'

/** One thing that is measured, for several contenders in turn, so that a disturbance of the machine meets all alike. */
export interface Scenario {
  /** As it is written on the command line. */
  readonly name: string
  readonly title: string
  /** What the first column of figures is, for tables. */
  readonly entries: readonly Entry[]
}

/** One row of a scenario's table. */
export interface Entry {
  /** What goals call it; unique in the scenario. */
  readonly key: string
  readonly title: string
  readonly contender: Contender
  measure(surroundings: Surroundings): Promise<Figures>
}

/** The figures of one round. */
export type Figures = Readonly<Record<string, number>>

/** What a measurement is given. */
export interface Surroundings {
  /** The contender's data, made at the first call of a run. */
  install(contender: Contender, sizes?: { readonly sessions: number; readonly known: number }): Promise<Installation>
  readonly profile: Profile
}
