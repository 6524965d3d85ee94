import { expect } from 'vitest'
import { isGuid } from '../../src/domain/ids.ts'
import type { ErrorForm } from './surface.ts'

/** What any of our ways to send gives back. */
interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly setCookies: readonly string[]
  readonly text: string
}

/** What a stack trace, a query or a path of ours would look like. */
const insides = /\n\s+at |node_modules|\.ts:\d|\.js:\d|sqlite|SELECT |INSERT |TypeError|RangeError|Cannot read prop/i

/** Watches the answers of one file: each must carry a request id that none before it had. */
export class AnswerWatch {
  readonly #requestIds = new Set<string>()

  /** What holds of every answer, good or bad (H-03). */
  expectCommon({ headers }: Answer, sent: string): void {
    const id = String(headers['x-wix-request-id'])
    expect(isGuid(id), `request id of ${sent}`).toBe(true)
    expect(this.#requestIds.has(id), `request id of ${sent} is fresh`).toBe(false)
    this.#requestIds.add(id)
    expect(headers['x-content-type-options'], sent).toBe('nosniff')
    expect(headers['referrer-policy'], sent).toMatch(/^(?:no-referrer|same-origin)$/)
    expect(headers['access-control-allow-credentials'], sent).toBeUndefined()
    expect(headers['x-powered-by'], sent).toBeUndefined()
    expect(headers['server'], sent).toBeUndefined()
  }

  /**
   * A refusal: one of the statuses, in the form of its route, and nothing that a success would carry.
   *
   * @param sent - The request, method first: what is read when something does not hold.
   */
  expectRefusal(answer: Answer, statuses: number | readonly number[], form: ErrorForm, sent: string): void {
    expect([statuses].flat(), `${sent} was answered ${answer.status}: ${answer.text.slice(0, 300)}`).toContain(
      answer.status,
    )
    this.expectCommon(answer, sent)
    expect(answer.headers['cache-control'], sent).toBe('no-store')
    expect(answer.headers['location'], sent).toBeUndefined()
    expect(answer.setCookies, sent).toEqual([])
    expect(answer.text, sent).not.toMatch(insides)
    if (sent.startsWith('HEAD ')) expect(answer.text, sent).toBe('')
    else expectForm(answer, form, sent)
  }
}

function expectForm(answer: Answer, form: ErrorForm, sent: string): void {
  if (form === 'page') {
    expect(answer.headers['content-type'], sent).toBe('text/html; charset=utf-8')
    expect(answer.headers['content-security-policy'], sent).toContain(`default-src 'none'`)
    expect(answer.headers['cross-origin-opener-policy'], sent).toBe('same-origin')
    expect(answer.text, sent).toMatch(/^<!doctype html>/)
    return
  }
  expect(answer.headers['content-type'], sent).toBe('application/json; charset=utf-8')
  const body: unknown = JSON.parse(answer.text)
  if (form === 'oauth') {
    expect(body, sent).toEqual({ error: expect.stringMatching(/^[a-z_]+$/), error_description: expect.any(String) })
    return
  }
  const applicationError = { code: expect.any(String), description: expect.any(String), data: expect.any(Object) }
  const fieldViolation = {
    field: expect.any(String),
    description: expect.any(String),
    violatedRule: expect.stringMatching(/^[A-Z_]+$/),
    ruleName: expect.any(String),
    data: expect.any(Object),
  }
  const details = answer.text.includes('"validationError"')
    ? { validationError: { fieldViolations: expect.arrayContaining([fieldViolation]) } }
    : { applicationError }
  expect(body, sent).toEqual({ message: expect.any(String), details })
}
