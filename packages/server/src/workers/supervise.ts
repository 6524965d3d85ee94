/**
 * Several processes that serve on one port, on PostgreSQL, and the process that looks after them.
 *
 * Each worker is a whole node with a socket of its own on the port; the system hands the connections round. Nothing goes
 * through the parent, so nothing hangs on it. What they must not do several times (make the site, print the first steps, keep
 * the witness, look for sessions past their limits) is left to the first.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyBaseLogger } from 'fastify'
import { replaceAfterMs, settledAfterMs } from './backoff.ts'
import { type ParentMessage, type WorkerMessage, workerMessageOf } from './messages.ts'
import { type Countable, SamplesOfAll } from './samples-of-all.ts'

type Serving = WorkerMessage & { readonly kind: 'serving' }

/** The first worker, or one beside it, could not start. */
export class WorkerNotStarted extends Error {
  override readonly name = 'WorkerNotStarted'
  readonly exitCode: number
  /** Made by a worker that could, and shown to nobody yet. */
  readonly newAdministratorKey: string | null

  constructor(message: string, exitCode: number, newAdministratorKey: string | null) {
    super(message)
    this.exitCode = exitCode
    this.newAdministratorKey = newAdministratorKey
  }
}

/** Beside this file, also where both were built. */
const workerProcess = fileURLToPath(new URL(`./worker-process${extname(import.meta.url)}`, import.meta.url))

/** A little longer than a worker gives requests in flight, and the database what was handed over. */
const stopWithinMs = 25_000

/** One of the processes that there shall be. */
interface Place {
  readonly number: number
  worker: ChildProcess | undefined
  /** How many died here in a row, none of them settled. */
  deaths: number
  replacing: NodeJS.Timeout | undefined
}

export class Workers {
  readonly #places: readonly Place[]
  readonly #port: number
  readonly #logger: FastifyBaseLogger
  readonly #samples = new SamplesOfAll()
  #isStopping = false
  #isReady = false

  constructor(options: { readonly count: number; readonly port: number; readonly logger: FastifyBaseLogger }) {
    this.#port = options.port
    this.#logger = options.logger
    this.#places = Array.from({ length: options.count }, (_, index) => ({
      number: index + 1,
      worker: undefined,
      deaths: 0,
      replacing: undefined,
    }))
  }

  /**
   * Starts all of them. Resolves once all serve, with what the first one has to say.
   *
   * @throws {WorkerNotStarted} When one of them cannot start; the others are stopped then.
   */
  async start(): Promise<Serving> {
    const [first, ...others] = this.#places
    if (first === undefined) throw new RangeError('Cannot serve with no workers at all')
    // Alone, so that schema, site and keys are made once and not by all of them at once.
    const serving = await this.#launch(first)
    try {
      await Promise.all(others.map((place) => this.#launch(place)))
    } catch (error) {
      await this.#stopAll()
      if (!(error instanceof WorkerNotStarted)) throw error
      throw new WorkerNotStarted(error.message, error.exitCode, serving.newAdministratorKey)
    }
    this.#isReady = true
    for (const place of this.#places) {
      if (place.worker === undefined) this.#replaceSoon(place, 'it ended while others were started')
    }
    return serving
  }

  /**
   * Stops all of them: each takes no more requests and finishes those in flight.
   *
   * @throws {Error} When one had to be killed, or says that it did not finish.
   */
  async stop(): Promise<void> {
    const unclean = await this.#stopAll()
    if (unclean > 0) throw new Error(`${unclean} of ${this.#places.length} workers did not finish`)
  }

  /** Gives how many did not end as they should. */
  async #stopAll(): Promise<number> {
    this.#isStopping = true
    const unclean = await Promise.all(this.#places.map((place) => this.#stopAt(place)))
    return unclean.filter(Boolean).length
  }

  /** Starts a process. Resolves when it serves. */
  #launch(place: Place): Promise<Serving> {
    const worker = fork(workerProcess, place.number === 1 ? ['first'] : [], {
      env: { ...process.env, ADJOURN_PORT: String(this.#port) },
    })
    place.worker = worker
    return new Promise((resolve, reject) => {
      let servesSince: number | undefined
      let failure: WorkerNotStarted | undefined
      worker.on('message', (received: unknown) => {
        const message = workerMessageOf(received)
        if (message?.kind === 'samples_wanted') this.#inquire(place, message.question)
        if (message?.kind === 'samples') this.#samples.take(place.number, message.inquiry, message.samples)
        if (message?.kind === 'failed') failure = new WorkerNotStarted(message.message, message.exitCode, null)
        if (message?.kind !== 'serving') return
        servesSince = performance.now()
        this.#logger.info({ worker: place.number, workerPid: worker.pid }, 'A worker serves')
        resolve(message)
      })
      const gone = (how: string) => {
        if (place.worker !== worker) return
        place.worker = undefined
        const servedMs = servesSince === undefined ? 0 : performance.now() - servesSince
        place.deaths = servedMs >= settledAfterMs ? 1 : place.deaths + 1
        reject(failure ?? new WorkerNotStarted(`A worker ended before it served: ${how}`, 1, null))
        if (this.#isReady && !this.#isStopping) this.#replaceSoon(place, failure?.message ?? how)
      }
      // And not `exit`, which may come before what it has said.
      worker.on('close', (code, signal) => gone(signal ?? `exit code ${code}`))
      worker.on('error', (error) => {
        // Of one that was never made there is no exit either.
        if (worker.pid === undefined) gone(String(error))
      })
    })
  }

  #inquire(asker: Place, question: number): void {
    const workers = this.#places.filter(({ worker }) => worker?.connected === true)
    this.#samples.inquire(countable(asker), question, workers.map(countable))
  }

  #replaceSoon(place: Place, because: string): void {
    const afterMs = replaceAfterMs(place.deaths)
    this.#logger.error({ worker: place.number, because, afterMs }, 'A worker ended and will be replaced')
    place.replacing = setTimeout(() => {
      place.replacing = undefined
      // Who cannot be started ends, and that is where it is tried again: the others go on serving meanwhile.
      this.#launch(place).catch(() => {})
    }, afterMs)
  }

  /** Whether it did not end as it should. */
  async #stopAt(place: Place): Promise<boolean> {
    clearTimeout(place.replacing)
    const { worker } = place
    if (worker === undefined) return false
    const exited = new Promise<boolean>((resolve) => {
      // One that does not serve yet has nothing to finish, and dies of the signal.
      worker.on('close', (code, signal) => resolve(code !== 0 && signal !== 'SIGTERM'))
    })
    worker.kill('SIGTERM')
    const impatience = setTimeout(() => worker.kill('SIGKILL'), stopWithinMs)
    const isUnclean = await exited
    clearTimeout(impatience)
    return isUnclean
  }
}

function countable({ number, worker }: Place): Countable {
  return {
    number,
    tell: (message: ParentMessage) => {
      // One that is gone by now has nobody who waits for it.
      worker?.send(message, () => {})
    },
  }
}
