/**
 * Counts in plain numbers what the service tells of itself.
 *
 * A library could do it, at several times the price for each count and a tenth of the start (decision 13): whatever every
 * request passes has to be found by a look-up or two.
 */

import type { AuditEvent } from '../../domain/audit-events.ts'
import type { Cause } from '../../domain/cause.ts'
import type { Batch, Channel, Measurements, RequestMeter } from '../../ports/measurements.ts'
import { Distribution, deliveryBounds, secondsBounds, sizeBounds } from './distribution.ts'
import type { MetricName } from './metric-table.ts'
import type { MetricSamples } from './samples.ts'
import { Series } from './series.ts'

interface Count {
  value: number
}

const count = (): Count => ({ value: 0 })
const seconds = () => new Distribution(secondsBounds)

/** What happened in this process since it started. */
export class Metrics implements Measurements {
  readonly #requests = new Map<string, RequestCounts>()
  readonly #counters = {
    adjourn_refusals_total: new Series(['code', 'because'], count),
    adjourn_session_checks_total: new Series(['outcome'], count),
    adjourn_password_checks_total: new Series(['outcome'], count),
    adjourn_audit_records_total: new Series(['event', 'cause'], count),
    adjourn_delivery_attempts_total: new Series(['channel', 'outcome'], count),
  } as const
  readonly #distributions = {
    adjourn_commit_duration_seconds: new Series(['outcome'], seconds),
    adjourn_check_duration_seconds: new Series(['outcome'], seconds),
    adjourn_delivery_duration_seconds: new Series(['channel'], () => new Distribution(deliveryBounds)),
  } as const
  readonly #sizes = { commit: new Distribution(sizeBounds), check: new Distribution(sizeBounds) }
  readonly #hashes = seconds()

  requestsOf(method: string, route: string): RequestMeter {
    const key = `${method} ${route}`
    const known = this.#requests.get(key)
    if (known !== undefined) return known
    const made = new RequestCounts(method, route)
    this.#requests.set(key, made)
    return made
  }

  refused(code: string, because: string | null): void {
    this.#counters.adjourn_refusals_total.of(code, because ?? '').value += 1
  }

  checkedSession(outcome: string): void {
    this.#counters.adjourn_session_checks_total.of(outcome).value += 1
  }

  checkedPassword(outcome: string): void {
    this.#counters.adjourn_password_checks_total.of(outcome).value += 1
  }

  delivered(channel: Channel, outcome: 'delivered' | 'to_be_repeated' | 'given_up', afterMs: number): void {
    this.#counters.adjourn_delivery_attempts_total.of(channel, outcome).value += 1
    if (outcome === 'delivered')
      this.#distributions.adjourn_delivery_duration_seconds.of(channel).observe(afterMs / 1000)
  }

  /** Not a part of the port of hashing: told by the one hasher that computes. */
  hashed(durationMs: number): void {
    this.#hashes.observe(durationMs / 1000)
  }

  origin(): undefined {
    return undefined
  }

  batchDone({ kind, size, durationMs, outcome }: Batch): void {
    this.#sizes[kind].observe(size)
    if (durationMs !== null)
      this.#distributions[`adjourn_${kind}_duration_seconds`].of(outcome).observe(durationMs / 1000)
  }

  recorded(event: AuditEvent, cause: Cause | null, times: number): void {
    this.#counters.adjourn_audit_records_total.of(event, cause ?? '').value += times
  }

  /** What was counted so far. */
  samples(): readonly MetricSamples[] {
    const counters = Object.entries(this.#counters).map(([name, series]) => ({
      name: name as MetricName,
      samples: Array.from(series, ([labels, { value }]) => ({ labels, value })),
    }))
    const distributions = Object.entries(this.#distributions).map(([name, series]) => ({
      name: name as MetricName,
      samples: Array.from(series, ([labels, distribution]) => distribution.samples(labels)).flat(),
    }))
    return [
      {
        name: 'adjourn_request_duration_seconds',
        samples: [...this.#requests.values()].flatMap((requests) => requests.samples()),
      },
      ...counters,
      ...distributions,
      { name: 'adjourn_commit_batch_size', samples: this.#sizes.commit.samples({}) },
      { name: 'adjourn_check_batch_size', samples: this.#sizes.check.samples({}) },
      { name: 'adjourn_password_hash_duration_seconds', samples: this.#hashes.samples({}) },
    ]
  }
}

/** The answers of one route, by the first digit of their status. */
class RequestCounts implements RequestMeter {
  readonly #method: string
  readonly #route: string
  readonly #byClass: (Distribution | undefined)[] = [undefined, undefined, undefined, undefined, undefined, undefined]

  constructor(method: string, route: string) {
    this.#method = method
    this.#route = route
  }

  answered(status: number, durationMs: number): void {
    const place = Math.floor(status / 100)
    this.#byClass[place] ??= seconds()
    this.#byClass[place].observe(durationMs / 1000)
  }

  samples() {
    return this.#byClass.flatMap(
      (distribution, place) =>
        distribution?.samples({ method: this.#method, route: this.#route, status: `${place}xx` }) ?? [],
    )
  }
}
