import { type Origin, originsOf, type StorageObserver, unobserved } from '../../ports/measurements.ts'
import { StorageUnavailable } from '../../ports/storage.ts'

/** Asks for many things in one go. Answers are aligned with the questions. */
type Ask<Question, Answer> = (questions: readonly Question[]) => Promise<readonly Answer[]>

interface Waiting<Question, Answer> {
  readonly question: Question
  readonly origin: Origin | undefined
  readonly resolve: (answer: Answer) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Gathers the questions of one turn of the event loop into one, which is asked after the last of them has arrived. While
 * as many as allowed are under way, the next ones gather on: the database would only queue them.
 */
export class Gathered<Question, Answer> {
  readonly #ask: Ask<Question, Answer>
  readonly #atOnceMost: number
  readonly #observer: StorageObserver
  #waiting: Waiting<Question, Answer>[] = []
  #underWay = 0
  #scheduled = false

  /** @param observer - Told of every question that was asked for several. */
  constructor(ask: Ask<Question, Answer>, atOnceMost: number, observer: StorageObserver = unobserved) {
    this.#ask = ask
    this.#atOnceMost = atOnceMost
    this.#observer = observer
  }

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, origin: this.#observer.origin(), resolve, reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0 || this.#underWay >= this.#atOnceMost) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      void this.#flush()
    })
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    this.#underWay += 1
    const begun = performance.now()
    let outcome: 'done' | StorageUnavailable['outcome'] = 'done'
    try {
      const answers = await this.#ask(waiting.map(({ question }) => question))
      for (const [index, { resolve }] of waiting.entries()) resolve(answers[index] as Answer)
    } catch (error) {
      outcome = error instanceof StorageUnavailable ? error.outcome : 'nothing_happened'
      for (const { reject } of waiting) reject(error)
    } finally {
      this.#observer.batchDone({
        kind: 'check',
        size: waiting.length,
        durationMs: performance.now() - begun,
        outcome,
        origins: originsOf(waiting),
      })
      this.#underWay -= 1
      this.#schedule()
    }
  }
}
