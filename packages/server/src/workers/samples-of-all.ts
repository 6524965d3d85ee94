import { labelled, type MetricSamples } from '../adapters/metrics/samples.ts'
import type { ParentMessage } from './messages.ts'

/** A worker that is stopping, or stuck, is left out: the others' figures are wanted all the more then. */
const answersWithinMs = 2_000

/** One of the workers, as far as it is asked what it has counted. */
export interface Countable {
  readonly number: number
  readonly tell: (message: ParentMessage) => void
}

interface Inquiry {
  readonly waitsFor: Set<number>
  readonly samples: MetricSamples[]
  readonly answer: () => void
}

/**
 * Asks all workers what they have counted, for the one whom somebody asked. Each one's figures carry its number and are not
 * summed up: a worker that is replaced begins again at 0, and the sum would look as if all had.
 */
export class SamplesOfAll {
  readonly #inquiries = new Map<number, Inquiry>()
  #last = 0

  /** Answers `asker` once all of `workers` have answered, or did not in time. */
  inquire(asker: Countable, question: number, workers: readonly Countable[]): void {
    this.#last += 1
    const inquiry = this.#last
    const samples: MetricSamples[] = []
    const impatience = setTimeout(() => answer(), answersWithinMs)
    const answer = () => {
      clearTimeout(impatience)
      if (this.#inquiries.delete(inquiry)) asker.tell({ kind: 'samples_of_all', question, samples })
    }
    this.#inquiries.set(inquiry, { waitsFor: new Set(workers.map(({ number }) => number)), samples, answer })
    for (const worker of workers) worker.tell({ kind: 'count', inquiry })
  }

  /** Takes what one has counted. What comes too late, or from nobody who was asked, is passed over. */
  take(number: number, inquiry: number, samples: readonly MetricSamples[]): void {
    const open = this.#inquiries.get(inquiry)
    if (open?.waitsFor.delete(number) !== true) return
    open.samples.push(...labelled(samples, { worker: String(number) }))
    if (open.waitsFor.size === 0) open.answer()
  }
}
