import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { MetricSamples } from './samples.ts'

/** How often it is looked how late the event loop is: often enough to see what a member would feel, and no cost. */
const lookEveryMs = 20

/** What the process itself is doing: its processor time, its memory, and how late its event loop is. */
export class ProcessSamples {
  readonly #version: string
  readonly #delay = monitorEventLoopDelay({ resolution: lookEveryMs })
  readonly #startedAt = performance.timeOrigin / 1000

  /** Watches the event loop until it is stopped. */
  constructor(version: string) {
    this.#version = version
    this.#delay.enable()
  }

  /** What it is now; of the event loop, what it was since this was last asked. */
  samples(): readonly MetricSamples[] {
    const { user, system } = process.cpuUsage()
    const { rss, heapUsed } = process.memoryUsage()
    const delay = this.#delay
    const isNew = delay.count === 0
    const lag = { mean: isNew ? 0 : delay.mean, p99: isNew ? 0 : delay.percentile(99), max: isNew ? 0 : delay.max }
    delay.reset()
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - lookEveryMs / 1000)
    return [
      {
        name: 'adjourn_build_info',
        samples: [{ labels: { version: this.#version, node: process.version }, value: 1 }],
      },
      { name: 'nodejs_eventloop_lag_mean_seconds', samples: [{ labels: {}, value: late(lag.mean) }] },
      { name: 'nodejs_eventloop_lag_p99_seconds', samples: [{ labels: {}, value: late(lag.p99) }] },
      { name: 'nodejs_eventloop_lag_max_seconds', samples: [{ labels: {}, value: late(lag.max) }] },
      { name: 'nodejs_heap_size_used_bytes', samples: [{ labels: {}, value: heapUsed }] },
      { name: 'process_cpu_seconds_total', samples: [{ labels: {}, value: (user + system) / 1e6 }] },
      { name: 'process_resident_memory_bytes', samples: [{ labels: {}, value: rss }] },
      { name: 'process_start_time_seconds', samples: [{ labels: {}, value: this.#startedAt }] },
    ]
  }

  stop(): void {
    this.#delay.disable()
  }
}
