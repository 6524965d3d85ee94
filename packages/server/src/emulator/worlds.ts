import { AsyncLocalStorage } from 'node:async_hooks'
import { finished } from 'node:stream'
import type { preHandlerHookHandler } from 'fastify'
import type { Storage } from '../ports/storage.ts'

/** A database, from the start or a reset to the next reset, and how many requests are at work in it. */
interface World {
  readonly storage: Storage
  requests: number
  isFormer: boolean
}

/**
 * Lets a server go on with another database without anybody noticing who is at work in the one before.
 *
 * Every request stays in the world in which its handler began, to its end: half of a login before a reset and half after it
 * would be a login that nobody made, and what a test gave up waiting for must not come about in the next one. A former world is
 * closed when its last request is answered.
 */
export class Worlds {
  readonly #closingFailed: (error: unknown) => void
  readonly #ofRequest = new AsyncLocalStorage<World>()
  #present: World | undefined

  /** @param closingFailed - Told when a former world could not be closed, for which nobody waits. */
  constructor(closingFailed: (error: unknown) => void) {
    this.#closingFailed = closingFailed
  }

  /** To be given to the server: the database of whoever asks. */
  readonly decorate = (first: Storage): Storage => {
    this.#present = { storage: first, requests: 0, isFormer: false }
    return new Proxy(first, {
      get: (_first, name) => Reflect.get((this.#ofRequest.getStore() ?? this.#current()).storage, name),
    })
  }

  /** The hook that puts a request into the world of the moment. Right before the handler: a body that is read loses it. */
  readonly attend: preHandlerHookHandler = (_request, reply, done) => {
    const world = this.#current()
    world.requests += 1
    finished(reply.raw, () => {
      world.requests -= 1
      this.#closeIfDeserted(world)
    })
    this.#ofRequest.run(world, () => done())
  }

  /** The database of the moment. */
  get present(): Storage {
    return this.#current().storage
  }

  /** Begins the next world: requests that come from now on find this database. */
  replace(next: Storage): void {
    const former = this.#current()
    this.#present = { storage: next, requests: 0, isFormer: false }
    former.isFormer = true
    this.#closeIfDeserted(former)
  }

  #current(): World {
    if (this.#present === undefined) throw new RangeError('Cannot ask for a database before there is one')
    return this.#present
  }

  #closeIfDeserted({ isFormer, requests, storage }: World): void {
    if (isFormer && requests === 0) storage.close().catch(this.#closingFailed)
  }
}
