import { type Storage, StorageUnavailable } from '../../src/ports/storage.ts'

type Outcome = StorageUnavailable['outcome']
type Answer = (...given: readonly unknown[]) => Promise<unknown>
/** What happens to calls of one method. `call` is the real thing, with what was given. */
type Fault = (call: Answer, ...given: readonly unknown[]) => Promise<unknown>

/**
 * Stands between a server and its database and makes chosen calls of requests fail. What the server ends by itself, when it
 * looks for passed limits every half minute, goes through: it may come in the middle of any test.
 */
export class FailingStorage {
  readonly #faults = new Map<string, Fault>()

  /** To be given to the test server. */
  readonly decorate = (storage: Storage): Storage =>
    new Proxy(storage, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        const call: Answer = async (...given) => Reflect.apply(method, target, given)
        return (...given: readonly unknown[]) => {
          const fault = isOfReaper(String(name), given) ? undefined : this.#faults.get(String(name))
          return fault === undefined ? call(...given) : fault(call, ...given)
        }
      },
    })

  /** Puts a fault in the place of a method, until {@link mend}. */
  replace(name: keyof Storage, fault: Fault): void {
    this.#faults.set(name, fault)
  }

  /** Makes methods reject without doing anything. */
  reject(outcome: Outcome, ...names: readonly (keyof Storage)[]): void {
    for (const name of names) this.replace(name, async () => Promise.reject(unavailable(outcome)))
  }

  /** Lets a method do its work, and loses its answer. */
  loseAnswer(name: keyof Storage): void {
    this.replace(name, async (call, ...given) => {
      await call(...given)
      throw unavailable('unknown')
    })
  }

  mend(): void {
    this.#faults.clear()
  }
}

function isOfReaper(name: string, [requests]: readonly unknown[]): boolean {
  if (name !== 'endSessions' || !Array.isArray(requests)) return false
  return requests.every(({ actor }: { readonly actor?: { readonly kind: string } | null }) => actor?.kind === 'system')
}

export function unavailable(outcome: Outcome): StorageUnavailable {
  return new StorageUnavailable('made to fail by a test', { outcome })
}
