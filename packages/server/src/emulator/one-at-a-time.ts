/** Keeps pieces of work apart that must not come between each other: each begins when those before it are done. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs a piece of work in its turn, whether or not those before it have failed, and comes to what it comes to. */
  readonly run = <T>(work: () => Promise<T>): Promise<T> => {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }
}
