/**
 * Stops a request at a chosen call to the database, so that another one can run from beginning to end exactly there.
 *
 * Nothing waits for a timer: a stopped call goes on when it is told to. The places where a request can be stopped are
 * taken from a run of it that nobody disturbs, so the list cannot fall behind the code.
 */
import type { Storage } from '../../src/ports/storage.ts'

/** A place where a request can be stopped: before one of its calls reaches the database, or after it was answered. */
export interface Point {
  readonly when: 'before' | 'after'
  readonly call: keyof Storage
  /** Which of the request's calls it is, from 0. */
  readonly index: number
}

/** A race of one request with whatever runs while it is stopped. */
export interface Race<Answer> {
  readonly at: Point
  readonly racing: () => Promise<Answer>
  /** Runs to its end while the request is stopped; its calls are not. */
  readonly meanwhile: () => Promise<void>
}

type Call = () => Promise<unknown>
type Interception = (name: keyof Storage, call: Call) => Promise<unknown>

/**
 * Stands between a server and its database. One race at a time.
 *
 * The server looks for sessions past their limits every half minute, in the middle of a test if need be. Those calls are
 * of no request, so they are neither counted nor stopped; and where it is the reaper that races, they alone are.
 */
export class Barriers {
  readonly #whose: 'requests' | 'reaper'
  #intercept: Interception | undefined
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(whose: 'requests' | 'reaper' = 'requests') {
    this.#whose = whose
  }

  /** To be given to the test server. */
  readonly decorate = (storage: Storage): Storage =>
    new Proxy(storage, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...given: readonly unknown[]) => {
          const call: Call = async () => Reflect.apply(method, target, given)
          const intercept = this.#intercept
          if (intercept === undefined || callerOf(String(name), given) !== this.#whose) return call()
          return this.#watched(intercept(name as keyof Storage, call))
        }
      },
    })

  /** The places where an operation can be stopped, from a run of it. */
  async pointsOf(operation: () => Promise<unknown>): Promise<readonly Point[]> {
    const points: Point[] = []
    await this.#during(
      (call, run) => {
        const index = points.length / 2
        points.push({ when: 'before', call, index }, { when: 'after', call, index })
        return run()
      },
      async () => {
        await operation()
        await this.#quiet()
      },
    )
    return points
  }

  /**
   * Starts a request, stops it at a point, lets the other one run, and lets the first go on. Resolves once the request was
   * answered and none of its calls is under way, not even one that its answer did not wait for.
   *
   * @throws {Error} When the request never comes to the point.
   */
  async race<Answer>({ at, racing, meanwhile }: Race<Answer>): Promise<Answer> {
    const arrived = Promise.withResolvers<'arrived'>()
    const leave = Promise.withResolvers<void>()
    const stop = async () => {
      // From here on every call is let through, whoever makes it.
      this.#intercept = undefined
      arrived.resolve('arrived')
      await leave.promise
    }
    let calls = 0
    this.#intercept = async (name, call) => {
      const index = calls
      calls += 1
      if (index !== at.index) return call()
      if (name !== at.call) throw new Error(`Call ${index} was to be ${at.call} and is ${name}`)
      if (at.when === 'before') {
        await stop()
        return call()
      }
      try {
        return await call()
      } finally {
        await stop()
      }
    }
    try {
      const answer = racing()
      // Without its stop the request ends by itself; then there is nothing to wait for.
      const missed = answer.then(() => this.#quiet()).then(() => 'missed' as const)
      if ((await Promise.race([arrived.promise, missed])) === 'missed') {
        throw new Error(`The request made ${calls} calls and did not come ${at.when} call ${at.index}, ${at.call}`)
      }
      await meanwhile()
      leave.resolve()
      return await answer
    } finally {
      leave.resolve()
      this.#intercept = undefined
      await this.#quiet()
    }
  }

  /**
   * Runs operations together and decides the order of all their calls: each call stops before and after, and one of those
   * that stand still is let go whenever nothing else can happen.
   *
   * @param choose - Picks one of so many, from 0.
   */
  async shuffle(operations: readonly (() => Promise<unknown>)[], choose: (of: number) => number): Promise<void> {
    const stopped: (() => void)[] = []
    let running = operations.length
    const go = () => {
      while (stopped.length > 0 && stopped.length >= running) stopped.splice(choose(stopped.length), 1)[0]?.()
    }
    const stop = () =>
      new Promise<void>((resolve) => {
        stopped.push(resolve)
        go()
      })
    await this.#during(
      async (_name, call) => {
        await stop()
        try {
          return await call()
        } finally {
          await stop()
        }
      },
      async () => {
        await Promise.all(
          operations.map(async (operation) => {
            await operation().finally(() => {
              running -= 1
              go()
            })
          }),
        )
        await this.#quiet()
      },
    )
  }

  /** Runs operations together; each stops before a call until all have come to theirs, so that they share a commit. */
  async together(operations: readonly (() => Promise<unknown>)[], shared: keyof Storage): Promise<void> {
    const stopped: (() => void)[] = []
    let running = operations.length
    const go = () => {
      if (stopped.length >= running) for (const leave of stopped.splice(0)) leave()
    }
    await this.#during(
      async (name, call) => {
        if (name === shared) {
          await new Promise<void>((resolve) => {
            stopped.push(resolve)
            go()
          })
        }
        return call()
      },
      async () => {
        await Promise.all(
          operations.map(async (operation) => {
            await operation().finally(() => {
              running -= 1
              go()
            })
          }),
        )
        await this.#quiet()
      },
    )
  }

  async #during(intercept: Interception, operation: () => Promise<void>): Promise<void> {
    this.#intercept = intercept
    try {
      await operation()
    } finally {
      this.#intercept = undefined
    }
  }

  #watched(answer: Promise<unknown>): Promise<unknown> {
    const settled = answer.then(
      () => {},
      () => {},
    )
    this.#underWay.add(settled)
    void settled.then(() => this.#underWay.delete(settled))
    return answer
  }

  /** Resolves when no call is under way. */
  async #quiet(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }
}

/** In words, for messages. */
export function placeOf({ when, call, index }: Point): string {
  return `${when} ${call} (call ${index + 1})`
}

/** Whether a request that is stopped at a point has made a call by then, and had its answer. */
export function isPast(points: readonly Point[], at: Point, call: keyof Storage): boolean {
  const answered = points.find((point) => point.call === call && point.when === 'after')
  if (answered === undefined) throw new Error(`The request never calls ${call}`)
  return at.index > answered.index || (at.index === answered.index && at.when === 'after')
}

/** Nobody but the reaper ends sessions in the name of the system. */
function callerOf(name: string, given: readonly unknown[]): 'requests' | 'reaper' {
  if (reapersOwn.has(name)) return 'reaper'
  const [requests] = given
  if (!Array.isArray(requests)) return 'requests'
  if (name === 'endGrants' && requests.every(isOfDisabledClient)) return 'reaper'
  return name === 'endSessions' && requests.every(isBySystem) ? 'reaper' : 'requests'
}

const reapersOwn: ReadonlySet<string> = new Set(['findOverdueSessions', 'prune', 'findGrantsToEnd', 'noteGrantsEnded'])

/** A client that is disabled leaves the ends of its grants to the reaper. */
function isOfDisabledClient(request: { readonly cause?: string }): boolean {
  return request.cause === 'client_disabled'
}

function isBySystem(request: { readonly actor?: { readonly kind?: string } | null }): boolean {
  return request.actor?.kind === 'system'
}
