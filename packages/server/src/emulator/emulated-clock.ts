import type { EpochMs } from '../domain/ids.ts'
import type { Clock } from '../ports/clock.ts'

/** The last moment to which the clock can be moved: what is added to it still has a year of four digits. */
export const lastMoment: EpochMs = Date.UTC(3000, 0, 1) - 1

/**
 * A clock that runs with the machine's until somebody moves it: it can be made to stand still at a moment, be stepped ahead,
 * and run on from where it is.
 */
export class EmulatedClock implements Clock {
  readonly #machine: Clock
  #fixedAt: EpochMs | undefined
  #aheadMs = 0

  constructor(machine: Clock) {
    this.#machine = machine
  }

  now(): EpochMs {
    return this.#fixedAt ?? this.#machine.now() + this.#aheadMs
  }

  /** Whether it stands still. */
  get isFixed(): boolean {
    return this.#fixedAt !== undefined
  }

  /** Makes it stand still, at any moment, also one that has passed. */
  fix(at: EpochMs): void {
    this.#fixedAt = at
  }

  /** Moves it ahead. One that stood still stands still there, one that ran runs on. */
  step(ms: number): void {
    if (this.#fixedAt === undefined) this.#aheadMs += ms
    else this.#fixedAt += ms
  }

  /** Lets it run on from where it stands. */
  run(): void {
    this.#aheadMs = this.now() - this.#machine.now()
    this.#fixedAt = undefined
  }

  /** Makes it show what the machine's shows, as at the start. */
  followMachine(): void {
    this.#aheadMs = 0
    this.#fixedAt = undefined
  }
}
