import { Type } from 'typebox'
import { optional } from '../wire/validation.ts'

/** Fields that register and log in share. Captcha tokens and client data are taken and not looked at. */
export const captchaFields = {
  captchaTokens: optional(Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 10 })),
  clientMetaData: optional(Type.Record(Type.String(), Type.Unknown())),
}
