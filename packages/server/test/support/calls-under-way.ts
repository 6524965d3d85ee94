import type { Storage } from '../../src/ports/storage.ts'

/** Stands between a server and its database and knows which calls are under way. */
export class CallsUnderWay {
  readonly #calls = new Set<Promise<void>>()

  /** To be given to the server. */
  readonly decorate = (storage: Storage): Storage =>
    new Proxy(storage, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...given: readonly unknown[]) => this.#watched(Reflect.apply(method, target, given))
      },
    })

  /** Resolves when there is none, not even one that its request did not wait for, such as the note of a use. */
  async quiet(): Promise<void> {
    while (this.#calls.size > 0) await Promise.all(this.#calls)
  }

  #watched(answer: Promise<unknown>): Promise<unknown> {
    const settled = answer.then(
      () => {},
      () => {},
    )
    this.#calls.add(settled)
    void settled.then(() => this.#calls.delete(settled))
    return answer
  }
}
