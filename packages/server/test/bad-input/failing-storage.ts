import type { Storage } from '../../src/ports/storage.ts'

/** Makes one call among those that are counted fail, before it has done anything or once it has done everything. */
export class FailingCalls {
  #failAt: number | undefined
  #error: Error | undefined
  #when: 'before' | 'after' = 'before'
  #calls = 0
  #failed: string | undefined

  /** From now on calls are counted; the one with this number fails, the first being 0. */
  arm(failAt: number, error: Error, when: 'before' | 'after'): void {
    this.#failAt = failAt
    this.#error = error
    this.#when = when
    this.#calls = 0
    this.#failed = undefined
  }

  /** Nothing fails any more. Gives the name of the method that failed; `undefined` when there were not as many calls. */
  disarm(): string | undefined {
    this.#failAt = undefined
    return this.#failed
  }

  /**
   * The same object, whose methods may fail.
   *
   * @param synchronous - The methods that answer at once and not by a promise.
   */
  around<Port extends object>(port: Port, synchronous: readonly string[] = []): Port {
    return new Proxy(port, {
      get: (target, name, receiver) => {
        const method: unknown = Reflect.get(target, name, receiver)
        if (typeof method !== 'function') return method
        return (...parameters: unknown[]) => {
          const error = this.#countUp(String(name))
          const run = () => Reflect.apply(method, target, parameters)
          if (error === undefined) return run()
          if (synchronous.includes(String(name))) throw error
          return this.#when === 'before'
            ? Promise.reject(error)
            : Promise.resolve(run()).then(() => Promise.reject(error))
        }
      },
    })
  }

  /** As {@link around}, for `decorateStorage`. */
  readonly storage = (storage: Storage): Storage => this.around(storage)

  /** The error with which this call is to fail, if it is the one. */
  #countUp(name: string): Error | undefined {
    const isNext = this.#failAt === this.#calls
    this.#calls += 1
    if (!isNext) return undefined
    this.#failed = name
    return this.#error
  }
}
