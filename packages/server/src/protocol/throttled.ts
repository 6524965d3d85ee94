/**
 * Too much was attempted. Answered 429 with `Retry-After` (RFC 6585 section 4), with the identity API's code
 * `THROTTLED_FEATURE`, on OAuth routes as `temporarily_unavailable`.
 */
export class Throttled extends Error {
  override readonly name = 'Throttled'
  /** Whole seconds after which an attempt is looked at again. */
  readonly retryAfterSeconds: number

  constructor(waitMs: number) {
    const seconds = Math.max(1, Math.ceil(waitMs / 1000))
    super(`There were too many attempts, try again in ${seconds} s`)
    this.retryAfterSeconds = seconds
  }
}
