import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * When mails are sent: right after a commit that owes one, and every few seconds, for those that are to be tried again and
 * those of other nodes and of before a start. Nobody waits for it but who asks to.
 */
export class MailRounds {
  readonly #pass: (stop: AbortSignal) => Promise<void>
  readonly #nudge: () => void
  readonly #failed: (error: unknown) => void
  readonly #stop = new AbortController()
  #poll: NodeJS.Timeout | undefined
  /** Mails are not the business of the request in which one happened to be kept: what that carries along stays behind. */
  readonly #apart = AsyncLocalStorage.snapshot()
  #running: Promise<void> | undefined
  #isAskedAgain = false

  /**
   * @param options.pass - Sends everything that is due.
   * @param options.nudge - Has a pass that is under way look for what became due since.
   * @param options.failed - Told when a pass that nobody waits for has failed.
   */
  constructor(options: {
    readonly pass: (stop: AbortSignal) => Promise<void>
    readonly nudge: () => void
    readonly failed: (error: unknown) => void
  }) {
    this.#pass = options.pass
    this.#nudge = options.nudge
    this.#failed = options.failed
  }

  /** Sends what is due by now, and from now on whatever becomes due, until it is stopped. */
  begin(everyMs: number): void {
    this.#poll = setInterval(() => this.wake(), everyMs)
    this.wake()
  }

  /** Sees to it that what is due by now is sent soon. */
  wake(): void {
    const isUnderWay = this.#running !== undefined
    const done = this.now()
    if (!isUnderWay) done.catch(this.#failed)
  }

  /** Resolves when what is due by now was dealt with. */
  now(): Promise<void> {
    this.#isAskedAgain = true
    this.#nudge()
    this.#running ??= this.#apart(() => this.#run())
    return this.#running
  }

  /** Begins nothing more, and resolves when what is under way is done. */
  async stop(): Promise<void> {
    clearInterval(this.#poll)
    this.#stop.abort()
    this.#nudge()
    await this.#running?.catch(() => {})
  }

  async #run(): Promise<void> {
    try {
      while (this.#isAskedAgain && !this.#stop.signal.aborted) {
        this.#isAskedAgain = false
        await this.#pass(this.#stop.signal)
      }
    } finally {
      this.#running = undefined
    }
  }
}
