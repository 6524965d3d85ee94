import type { MetricSamples } from '../adapters/metrics/samples.ts'
import { parentMessageOf, type WorkerMessage } from './messages.ts'

/** What all workers of the machine have counted, by way of their parent. */
export class AskParent {
  readonly #tell: (message: WorkerMessage) => void
  readonly #questions = new Map<number, (samples: readonly MetricSamples[]) => void>()
  #last = 0

  constructor(tell: (message: WorkerMessage) => void) {
    this.#tell = tell
  }

  readonly samplesOfAll = (): Promise<readonly MetricSamples[]> => {
    this.#last += 1
    const question = this.#last
    return new Promise((resolve) => {
      this.#questions.set(question, resolve)
      this.#tell({ kind: 'samples_wanted', question })
    })
  }

  /** Hears a message. `own` is what this worker has counted itself. */
  hear(received: unknown, own: () => readonly MetricSamples[]): void {
    const message = parentMessageOf(received)
    if (message?.kind === 'count') this.#tell({ kind: 'samples', inquiry: message.inquiry, samples: own() })
    if (message?.kind !== 'samples_of_all') return
    this.#questions.get(message.question)?.(message.samples)
    this.#questions.delete(message.question)
  }
}
