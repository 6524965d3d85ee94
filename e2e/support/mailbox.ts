import { send } from '../../packages/server/test/support/send.ts'

export interface Mail {
  readonly kind: string
  readonly to: string
  /** Where it leads, where it is there for that. */
  readonly link?: string
  /** The code that it brings, likewise. */
  readonly code?: string
}

/** What somebody finds in the development mailbox of a server, the newest first. */
export async function mailsTo({ url }: { readonly url: string }, email: string): Promise<readonly Mail[]> {
  const { mails } = (await send(`${url}/dev/mail`)).json<{ mails: readonly Mail[] }>()
  return mails.filter(({ to }) => to === email)
}
