import { type CaptchaProvider, CaptchaUnavailable, type CaptchaVerifier } from '../../ports/captcha.ts'

/** Where each of them is asked. */
const siteverifyUrls: Readonly<Record<CaptchaProvider, string>> = {
  recaptcha: 'https://www.google.com/recaptcha/api/siteverify',
  hcaptcha: 'https://api.hcaptcha.com/siteverify',
  turnstile: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
}

/** A login waits for it. */
const answerWithinMs = 5000

/** The answers are a few hundred bytes. */
const answerCharactersMax = 16 * 1024

/** What a score of reCAPTCHA must reach; its makers recommend this to begin with. What hCaptcha calls a score is none of this kind. */
const scoreLeast = 0.5

/** Errors that are about the token. Every other one is about us or about them, and says nothing of who solved what. */
const errorsOfTokens: ReadonlySet<unknown> = new Set([
  'missing-input-response',
  'invalid-input-response',
  'timeout-or-duplicate',
  'expired-input-response',
  'already-seen-response',
  'invalid-or-already-seen-response',
])

/**
 * Verifies captcha tokens with a provider: the protocol that reCAPTCHA, hCaptcha and Turnstile share.
 *
 * @param options.url - Where to ask, in place of the provider's own address.
 * @param options.secret - The one that belongs to the site key of the widgets.
 * @param options.withinMs - How long an answer may take; tests have less patience.
 */
export function createSiteverify({
  provider,
  url = siteverifyUrls[provider],
  secret,
  withinMs = answerWithinMs,
}: {
  readonly provider: CaptchaProvider
  readonly url?: string | undefined
  readonly secret: string
  readonly withinMs?: number
}): CaptchaVerifier {
  return {
    async verify(token, address) {
      const form = new URLSearchParams({ secret, response: token, ...(address === null ? {} : { remoteip: address }) })
      return verdictOf(await ask(url, form, withinMs), provider)
    },
  }
}

async function ask(url: string, form: URLSearchParams, withinMs: number): Promise<unknown> {
  let text: string
  try {
    // Elsewhere the secret has no business.
    const signal = AbortSignal.timeout(withinMs)
    const answer = await fetch(url, { method: 'POST', body: form, redirect: 'error', signal })
    if (answer.status !== 200) {
      await answer.body?.cancel()
      throw new CaptchaUnavailable(`The captcha was not verified as the verifier answered ${answer.status}`)
    }
    text = await textOf(answer)
  } catch (error) {
    if (error instanceof CaptchaUnavailable) throw error
    throw new CaptchaUnavailable('The captcha was not verified as the verifier did not answer', { cause: error })
  }
  try {
    return JSON.parse(text)
  } catch {
    // Without the parser's complaint, which repeats what it could not read.
    throw new CaptchaUnavailable('The captcha was not verified as the answer of the verifier is no JSON')
  }
}

async function textOf(answer: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length > answerCharactersMax) {
      throw new CaptchaUnavailable('The captcha was not verified as the answer of the verifier is too long')
    }
  }
  return text
}

function verdictOf(answer: unknown, provider: CaptchaProvider): 'solved' | 'wrong' {
  const { success, score, 'error-codes': errors } = (answer ?? {}) as Readonly<Record<string, unknown>>
  if (success === true) {
    return provider === 'recaptcha' && typeof score === 'number' && score < scoreLeast ? 'wrong' : 'solved'
  }
  const codes: readonly unknown[] = Array.isArray(errors) ? errors : []
  if (success !== false) {
    throw new CaptchaUnavailable('The captcha was not verified as the verifier did not say whether it was solved')
  }
  if (codes.every((code) => errorsOfTokens.has(code))) return 'wrong'
  const named = codes.filter((code) => typeof code === 'string' && /^[a-z-]{1,60}$/.test(code))
  throw new CaptchaUnavailable(`The captcha was not verified as the verifier refused to: ${named.join(', ')}`)
}
