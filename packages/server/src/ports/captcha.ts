/** Who can tell. All three are asked alike. */
export const captchaProviders = ['recaptcha', 'hcaptcha', 'turnstile'] as const

export type CaptchaProvider = (typeof captchaProviders)[number]

/**
 * Asks somebody who can tell whether a person solved a captcha.
 *
 * A token is good once: whoever asks again is told that it is wrong.
 */
export interface CaptchaVerifier {
  /**
   * Whether a token stands for a captcha that was solved.
   *
   * @param token - As the widget in the page gave it. Never logged.
   * @param address - Of the caller, where it is known.
   * @throws {CaptchaUnavailable} When nobody can tell: never a guess, in neither direction.
   */
  verify(token: string, address: string | null): Promise<'solved' | 'wrong'>
}

/** The one who verifies captchas did not answer, or answered something that says nothing of the token. 503. */
export class CaptchaUnavailable extends Error {
  override readonly name = 'CaptchaUnavailable'
}
