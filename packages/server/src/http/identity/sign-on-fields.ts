import { Type } from 'typebox'
import { optional } from '../wire/validation.ts'
import { captchaTokens } from './captcha-tokens.ts'

/** Fields that register and log in share. Client data is taken and not looked at. */
export const signOnFields = {
  captchaTokens,
  clientMetaData: optional(Type.Record(Type.String(), Type.Unknown())),
}
