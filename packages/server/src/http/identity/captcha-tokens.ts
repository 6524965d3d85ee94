import { Type } from 'typebox'
import type { PresentedCaptcha } from '../../operations/assert-captcha.ts'
import type { Caller } from '../../operations/identify-caller.ts'
import { isTrusted } from '../../operations/trusted-caller.ts'
import { optional } from '../wire/validation.ts'

const token = optional(Type.String({ maxLength: 5000 }))

/** The field as it comes. The official client puts what its two widgets gave into one element. */
export const captchaTokens = optional(
  Type.Array(
    Type.Object({
      Recaptcha: token,
      InvisibleRecaptcha: token,
      NoCaptcha: token,
      recaptchaForClientSiteKey: optional(Type.Object({ token, siteKeyId: optional(Type.String({ maxLength: 100 })) })),
    }),
    { maxItems: 10 },
  ),
)

type Texts = string | null | undefined

interface CaptchaElement {
  readonly Recaptcha?: Texts
  readonly InvisibleRecaptcha?: Texts
  readonly recaptchaForClientSiteKey?: { readonly token?: Texts } | null | undefined
}

/**
 * What a caller presents, of every form that there is; `NoCaptcha` says that there is none.
 *
 * @param address - Where the caller is, as the provider is told; `null` where that is not known.
 * @returns `null` for a caller who acts for the site: no person sits in front of it.
 */
export function presentedCaptcha(
  caller: Caller,
  address: string | null,
  elements: readonly CaptchaElement[] | null | undefined,
): PresentedCaptcha | null {
  if (isTrusted(caller)) return null
  const tokens = (elements ?? []).flatMap(({ recaptchaForClientSiteKey: own, Recaptcha, InvisibleRecaptcha }) => [
    own?.token,
    Recaptcha,
    InvisibleRecaptcha,
  ])
  return { tokens: tokens.filter((each): each is string => typeof each === 'string' && each !== ''), address }
}
