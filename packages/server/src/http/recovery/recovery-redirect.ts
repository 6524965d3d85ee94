import { type Static, Type } from 'typebox'
import type { RecoveryRedirect } from '../../operations/judge-recovery-redirect.ts'
import { optional } from '../wire/validation.ts'

/** Fields of the mails with a link: in which language, and where the person is led afterwards. */
export const emailOptionFields = {
  language: optional(Type.String({ pattern: '^[A-Za-z]{2}$', description: 'Two letters (ISO 639-1)' })),
  redirect: optional(
    Type.Object({
      url: optional(
        Type.String({ maxLength: 1000, description: 'One of the allowed redirect URIs of the client, exactly' }),
      ),
      clientId: optional(Type.String()),
    }),
  ),
}

const emailOptions = Type.Object(emailOptionFields)

/** What those fields say. */
export function emailOptionsOf({ language, redirect }: Static<typeof emailOptions>): {
  readonly language: string | null
  readonly redirect: RecoveryRedirect
} {
  return {
    language: language?.toLowerCase() ?? null,
    redirect: { url: redirect?.url ?? null, clientId: redirect?.clientId ?? null },
  }
}
