import { authorizeQuery, cookieOf, password, registerMember } from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import type { TestServer } from '../support/test-server.ts'

/**
 * Members who log in, look whether they are signed in, and log out, all at once and without a pause; and a list of every
 * answer that was not true.
 */
export class Load {
  readonly server: TestServer
  /** Cookies of sessions that nobody has asked to end. */
  readonly live = new Set<string>()
  /** Whose logout was answered as done. */
  readonly acknowledged = new Set<string>()
  /** Whose logout was answered as not confirmed, or not done. */
  readonly unconfirmed = new Set<string>()
  /** Answers that said something else than is so. */
  readonly lies: string[] = []
  /** How many requests were answered with 503. */
  unavailable = 0
  readonly #email: string
  readonly #working: readonly Promise<void>[]
  #isStopping = false
  #told = Promise.withResolvers<void>()

  private constructor(server: TestServer, email: string) {
    this.server = server
    this.#email = email
    const workers = [...Array(3).fill(this.#logIn), ...Array(3).fill(this.#logOut), ...Array(4).fill(this.#check)]
    this.#working = workers.map((step: () => Promise<void>) => this.#repeat(() => step.call(this)))
  }

  static async start(server: TestServer): Promise<Load> {
    const { email } = await registerMember(server)
    return new Load(server, email)
  }

  /** Resolves when something has come to be so. Rejects when a worker failed. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await Promise.race([this.#told.promise, Promise.all(this.#working)])
      this.#told = Promise.withResolvers()
    }
  }

  /** Lets what is under way be answered. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#working)
  }

  async #repeat(step: () => Promise<void>): Promise<void> {
    while (!this.#isStopping) {
      await step()
      this.#told.resolve()
      // The clients share a process with the server.
      await new Promise(setImmediate)
    }
  }

  async #logIn(): Promise<void> {
    const { url, client } = this.server
    const query = new URLSearchParams(authorizeQuery(client, { prompt: 'login' }))
    const answer = await send(`${url}/oauth2/authorize`, {
      headers: { origin: url, 'sec-fetch-site': 'same-origin' },
      form: { ...Object.fromEntries(query), email: this.#email, password },
    })
    const cookie = cookieOf(answer.setCookies)
    if (this.#isTrue('login', answer, 303) && cookie !== undefined) this.live.add(cookie)
  }

  async #logOut(): Promise<void> {
    const [cookie] = this.live
    if (cookie === undefined || this.live.size < 8) return
    this.live.delete(cookie)
    const { url } = this.server
    const headers = { cookie, origin: url, 'sec-fetch-site': 'same-origin' }
    const answer = await send(`${url}/v1/sessions/current`, { method: 'DELETE', headers })
    const isDone = this.#isTrue('logout', answer, 204)
    ;(isDone ? this.acknowledged : this.unconfirmed).add(cookie)
    if (!isDone && answer.setCookies.length > 0) this.lies.push('a logout that was not confirmed took the cookie away')
  }

  /** A session that is alive is so or not known; one whose end was acknowledged is over or not known. */
  async #check(): Promise<void> {
    const alive = [...this.live].at(-1)
    const over = [...this.acknowledged].at(-1)
    for (const [cookie, says, status] of [
      [alive, 'check of a live session', 200],
      [over, 'check of an ended session', 401],
    ] as const) {
      if (cookie === undefined) continue
      const answer = await send(`${this.server.url}/v1/sessions/current`, { headers: { cookie } })
      // Somebody may have begun to log out meanwhile.
      if (status === 200 && !this.live.has(cookie)) continue
      this.#isTrue(says, answer, status)
      if (answer.status !== 200 && answer.setCookies.length > 0 && status === 200) {
        this.lies.push('a check of a live session took the cookie away')
      }
    }
  }

  /** Whether it was answered as it should be. An honest "not now" is no lie. */
  #isTrue(what: string, { status, text }: Received, expected: number): boolean {
    if (status === expected) return true
    if (status === 503) this.unavailable += 1
    else this.lies.push(`a ${what} was answered with ${status}: ${text.slice(0, 200)}`)
    return false
  }
}
