/** Wakes those who wait for the log to grow. Nobody may depend on it: who is not woken looks again after a while. */
export class Wakings {
  readonly #waiting = new Set<() => void>()
  #count = 0

  /** How often there was something to wake for. To be taken before looking: what comes after the look then counts. */
  get count(): number {
    return this.#count
  }

  wake(): void {
    this.#count += 1
    for (const go of [...this.#waiting]) go()
  }

  /** Resolves when somebody has woken since `count` was as given, or after a while, or when the signal says stop. */
  next(count: number, withinMs: number, signal: AbortSignal): Promise<void> {
    if (this.#count !== count || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', go)
        this.#waiting.delete(go)
        resolve()
      }
      const timer = setTimeout(go, withinMs)
      signal.addEventListener('abort', go)
      this.#waiting.add(go)
    })
  }
}
