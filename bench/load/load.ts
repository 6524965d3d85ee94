import type { Answer } from './answer-reader.ts'
import type { Connection } from './connection.ts'
import { Histogram } from './histogram.ts'
import type { LoadFigures, LoadPlan } from './plan.ts'
import { figuresOf } from './process-figures.ts'

/** How long answers are waited for once nothing more is sent. */
const drainMs = 30_000

/**
 * A load on a server: a warm-up, whose answers are only looked at, and a window that is measured, without a pause between.
 *
 * At saturation an answer counts when it came within the window. At a given rate a request counts when it was meant to be
 * sent within the window, however late its answer, and its latency runs from that moment.
 */
export class Load {
  readonly #plan: LoadPlan
  readonly #requests: readonly Buffer[]
  readonly #connections: readonly Connection[]
  readonly #latencies = new Histogram()
  readonly #bodyHolds: Buffer | undefined
  #next = 0
  #unanswered = 0
  #unexpected = 0
  #unexpectedAnswer: string | null = null
  #phase: 'warming' | 'measuring' | 'draining' = 'warming'
  #windowFrom = Number.POSITIVE_INFINITY
  #windowTo = Number.POSITIVE_INFINITY
  #ranOut = false
  #endWindow: () => void = () => {}
  #drained: () => void = () => {}

  constructor(plan: LoadPlan, requests: readonly Buffer[], connections: readonly Connection[]) {
    this.#plan = plan
    this.#requests = requests
    this.#connections = connections
    this.#bodyHolds = plan.expect.bodyHolds === undefined ? undefined : Buffer.from(plan.expect.bodyHolds)
  }

  /** @throws {Error} When the server closes a connection, does not answer, or there were too few credentials to measure. */
  run(): Promise<LoadFigures> {
    return new Promise((resolve, reject) => {
      for (const connection of this.#connections) connection.onLost(reject)
      this.#measure().then(resolve, reject)
    })
  }

  async #measure(): Promise<LoadFigures> {
    const { warmupMs, measureMs, serverPids, pace } = this.#plan
    const windowEnded = new Promise<void>((resolve) => {
      this.#endWindow = resolve
    })
    if (pace === 'saturate') for (const connection of this.#connections) this.#sendNext(connection)
    else this.#keepPace(pace)

    await Promise.race([windowEnded, later(warmupMs)])
    if (this.#ranOut) throw new Error('The credentials ran out before the warm-up was over: seed more')
    const serverBefore = figuresOf(serverPids)
    const generatorBefore = process.cpuUsage()
    this.#windowFrom = performance.now()
    this.#windowTo = this.#windowFrom + measureMs
    this.#phase = 'measuring'

    await Promise.race([windowEnded, later(measureMs)])
    this.#phase = 'draining'
    this.#windowTo = Math.min(this.#windowTo, performance.now())
    const serverAfter = figuresOf(serverPids)
    const generator = process.cpuUsage(generatorBefore)
    await this.#drain()

    const seconds = (this.#windowTo - this.#windowFrom) / 1000
    return {
      answers: this.#latencies.count,
      seconds,
      perSecond: this.#latencies.count / seconds,
      p50Ms: this.#latencies.quantile(0.5),
      p99Ms: this.#latencies.quantile(0.99),
      maxMs: this.#latencies.max,
      unexpected: this.#unexpected,
      unexpectedAnswer: this.#unexpectedAnswer,
      sent: this.#next,
      generatorCpu: (generator.user + generator.system) / 1_000_000 / seconds,
      serverCpuSeconds: serverAfter.cpuSeconds - serverBefore.cpuSeconds,
      serverRssBytes: serverAfter.rssBytes,
      ranOut: this.#ranOut,
    }
  }

  /** At saturation: the next request on a connection that was just answered. */
  #sendNext(connection: Connection): void {
    const request = this.#takeRequest()
    if (request === undefined) return
    const sentAt = performance.now()
    connection.send(request, (answer) => {
      const now = performance.now()
      this.#note(answer)
      if (now >= this.#windowFrom && now < this.#windowTo) this.#latencies.record(now - sentAt)
      if (this.#phase !== 'draining') this.#sendNext(connection)
    })
  }

  /** Sends so many requests a second, on whichever connection is free; waits for one where none is, and the clock runs on. */
  #keepPace(perSecond: number): void {
    const begun = performance.now()
    const free = [...this.#connections]
    let meant = 0
    const waiting: number[] = []
    const sendWaiting = () => {
      for (;;) {
        const meantAt = waiting[0]
        const connection = free.at(-1)
        if (meantAt === undefined || connection === undefined) return
        const request = this.#takeRequest()
        if (request === undefined) return
        waiting.shift()
        free.pop()
        connection.send(request, (answer) => {
          const now = performance.now()
          this.#note(answer)
          if (meantAt >= this.#windowFrom && meantAt < this.#windowTo) this.#latencies.record(now - meantAt)
          free.push(connection)
          sendWaiting()
        })
      }
    }
    // Asked again in every turn of the event loop, as a timer is late by up to a millisecond: this process has its own core.
    const tick = () => {
      if (this.#phase === 'draining') return
      for (const due = ((performance.now() - begun) * perSecond) / 1000; meant < due; meant += 1) {
        waiting.push(begun + (meant * 1000) / perSecond)
      }
      sendWaiting()
      setImmediate(tick)
    }
    tick()
  }

  #takeRequest(): Buffer | undefined {
    const { length } = this.#requests
    if (this.#plan.use === 'once' && this.#next >= length) {
      this.#ranOut = true
      this.#endWindow()
      return undefined
    }
    const request = this.#requests[this.#next % length]
    this.#next += 1
    this.#unanswered += 1
    return request
  }

  #note(answer: Answer): void {
    this.#unanswered -= 1
    if (this.#unanswered === 0) this.#drained()
    const { status } = this.#plan.expect
    if (answer.status === status && (this.#bodyHolds === undefined || answer.body.includes(this.#bodyHolds))) return
    this.#unexpected += 1
    this.#unexpectedAnswer ??= `${answer.head}\n\n${answer.body.toString('utf8').slice(0, 500)}`
  }

  async #drain(): Promise<void> {
    if (this.#unanswered === 0) return
    const drained = new Promise<'drained'>((resolve) => {
      this.#drained = () => resolve('drained')
    })
    if ((await Promise.race([drained, later(drainMs)])) !== 'drained') {
      throw new Error(`${this.#unanswered} requests were not answered within ${drainMs} ms`)
    }
  }
}

function later(ms: number): Promise<'later'> {
  return new Promise((resolve) => void setTimeout(() => resolve('later'), ms).unref())
}
