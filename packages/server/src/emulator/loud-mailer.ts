import type { FastifyBaseLogger } from 'fastify'
import type { Mailer } from '../ports/mailer.ts'

/** Says in the log what arrives, with its link or code: they protect nothing here, and spare the way to the mailbox. */
export function loudMailer(mailer: Mailer, logger: FastifyBaseLogger): Mailer {
  return {
    ...mailer,
    send: async (mail) => {
      const taken = await mailer.send(mail)
      const { recipient, kind, subject, link, code } = mail
      const proof = { ...(link === null ? {} : { link }), ...(code === null ? {} : { code }) }
      if (taken.outcome === 'taken')
        logger.info({ recipient, kind, subject, ...proof }, 'A mail arrived in the mailbox')
      return taken
    },
  }
}
