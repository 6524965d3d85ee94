import type { Contender, CredentialKind, Installation, Workload } from '../contender.ts'
import type { Expectation } from '../load/plan.ts'
import { type Answered, ask } from './ask.ts'
import { readCredentials } from './read-credentials.ts'
import { requestTemplate } from './request-template.ts'

/** Why a contender's figures do not count: its logout did not end a session, or ended one that nobody left. */
export class Disqualified extends Error {
  override readonly name = 'Disqualified'
}

/** Looks at a server from outside, as the holder of a session would. */
export class Witness {
  readonly #contender: Contender
  readonly #installation: Installation
  readonly #port: number
  readonly #read = new Map<CredentialKind, readonly string[]>()

  constructor(contender: Contender, installation: Installation, port: number) {
    this.#contender = contender
    this.#installation = installation
    this.#port = port
  }

  /**
   * One session each: accepted before, logout answered as it should be, refused afterwards.
   *
   * @throws {Disqualified} When one of it is not so.
   */
  async seeLogouts(workload: Workload, indexes: readonly number[]): Promise<void> {
    for (const index of indexes) {
      await this.seeAccepted([index], 'before its logout')
      const answer = await this.#ask(workload, index)
      const expected = this.#contender.requests[workload]?.expect
      if (expected === undefined || !fits(answer, expected)) {
        throw new Disqualified(`a logout was answered ${shown(answer)}`)
      }
      await this.seeRefused([index], 'after its logout')
    }
  }

  /** @throws {Disqualified} When a session is not accepted. */
  async seeAccepted(indexes: readonly number[], when: string): Promise<void> {
    for (const index of indexes) {
      const answer = await this.#ask('check', index)
      const expected = this.#contender.requests.check?.expect
      if (expected === undefined || !fits(answer, expected)) {
        throw new Disqualified(`a session was not accepted ${when}: ${shown(answer)}`)
      }
    }
  }

  /** @throws {Disqualified} When a session is accepted, or the answer is no clear refusal. */
  async seeRefused(indexes: readonly number[], when: string): Promise<void> {
    for (const index of indexes) {
      const answer = await this.#ask('check', index)
      const check = this.#contender.requests.check
      if (check?.refused === undefined || fits(answer, check.expect) || !fits(answer, check.refused)) {
        throw new Disqualified(`a session was not refused ${when}: ${shown(answer)}`)
      }
    }
  }

  #credentials(kind: CredentialKind): readonly string[] {
    const read = this.#read.get(kind) ?? readCredentials(this.#installation, kind)
    this.#read.set(kind, read)
    return read
  }

  async #ask(workload: Workload, index: number): Promise<Answered> {
    const request = this.#contender.requests[workload]
    if (request === undefined) throw new Error(`${this.#contender.name} knows no ${workload}`)
    const credential = this.#credentials(request.credential)[index] ?? ''
    return ask(this.#port, requestTemplate(request, this.#port, credential), credential)
  }
}

function fits({ status, body }: Answered, expected: Expectation): boolean {
  return status === expected.status && (expected.bodyHolds === undefined || body.includes(expected.bodyHolds))
}

function shown({ status, body }: Answered): string {
  return `${status} ${body.slice(0, 200)}`
}
