import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import type { Service } from './service.ts'

/** What a caller presents to show that a person asks. */
export interface PresentedCaptcha {
  /** Any of them may be the one: a caller may send what two widgets gave. */
  readonly tokens: readonly string[]
  readonly address: string | null
}

/** Whether an error says that a captcha was wrong. */
export function isWrongCaptcha(error: unknown): boolean {
  return error instanceof ApplicationRefusal && error.code === '-19970'
}

/** A page has a visible widget and an invisible one. More tokens would only be more guesses. */
const tokensMost = 2

/**
 * Asks for a captcha where the site demands one.
 *
 * @param presented - `null` for a caller who need not show that a person asks: one who acts for the site.
 * @throws {ApplicationRefusal} `-19971` without a token, `-19970` when none is good.
 * @throws {CaptchaUnavailable} When nobody can tell.
 */
export async function assertCaptcha({ captcha }: Service, presented: PresentedCaptcha | null): Promise<void> {
  if (captcha === null || presented === null) return
  const { tokens, address } = presented
  if (tokens.length === 0) throw new ApplicationRefusal('-19971', 'A captcha has to be solved')
  for (const token of tokens.slice(0, tokensMost)) {
    if ((await captcha.verify(token, address)) === 'solved') return
  }
  throw new ApplicationRefusal('-19970', 'The captcha was not solved, or was used before')
}
