import type { Mailer } from '../../ports/mailer.ts'

/**
 * The development mailbox, which takes every mail and sends it nowhere. It keeps none either: who looks into it reads what is
 * on record, and has it written anew.
 */
export const mailbox: Mailer = {
  send: async () => ({ outcome: 'taken' }),
  close: async () => {},
}
