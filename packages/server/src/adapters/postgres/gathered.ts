/** Asks for many things in one go. Answers are aligned with the questions. */
type Ask<Question, Answer> = (questions: readonly Question[]) => Promise<readonly Answer[]>

interface Waiting<Question, Answer> {
  readonly question: Question
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
  #waiting: Waiting<Question, Answer>[] = []
  #underWay = 0
  #scheduled = false

  constructor(ask: Ask<Question, Answer>, atOnceMost: number) {
    this.#ask = ask
    this.#atOnceMost = atOnceMost
  }

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject })
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
    try {
      const answers = await this.#ask(waiting.map(({ question }) => question))
      for (const [index, { resolve }] of waiting.entries()) resolve(answers[index] as Answer)
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    } finally {
      this.#underWay -= 1
      this.#schedule()
    }
  }
}
