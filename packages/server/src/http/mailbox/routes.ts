/**
 * The development mailbox: mails that go nowhere, for the developer and for tests to read. There only on a developer's own
 * machine; whoever reads it can take over any account.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isLoopbackHost } from '../../domain/web-url.ts'
import { readMailbox } from '../../operations/read-mailbox.ts'
import type { WrittenMail } from '../../ports/mail-writer.ts'
import type { KeptMail } from '../../ports/storage.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { timestamp } from '../../protocol/timestamp.ts'
import { mailboxPage } from '../pages/mailbox-page.ts'
import { addMethod } from '../wire/add-method.ts'
import { sendPage } from '../wire/send-page.ts'
import type { Surroundings } from '../wire/surroundings.ts'

const mailMessage = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  to: Type.String(),
  subject: Type.String(),
  text: Type.String(),
  html: Type.String(),
  link: Type.Optional(Type.String({ description: 'Where the mail leads, where it is there for that' })),
  code: Type.Optional(Type.String({ description: 'The code that it brings, likewise' })),
  createdDate: Type.String(),
})

/** Adds `GET /dev/mail` and the page `GET /dev/mailbox`, where there is a mailbox. */
export function mailboxRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service, mailbox } = surroundings
  if (mailbox === undefined) return

  const arrived = async (request: FastifyRequest) => {
    assertAskedByName(request)
    await mailbox.arrive()
    return readMailbox(service)
  }

  addMethod(scope, surroundings, {
    addresses: ['/dev/mail'],
    methods: ['GET'],
    errors: 'identity',
    tag: 'Development',
    summary: 'The mails that were sent, which go nowhere here, the newest first',
    description: 'Up to 100. What was owed when this was asked is there, unless it could not be sent.',
    answers: { 200: Type.Object({ mails: Type.Array(mailMessage) }) },
    handler: async ({ request, reply }) => {
      const mails = await arrived(request)
      reply.header('cache-control', 'no-store')
      return { mails: mails.map(messageOf) }
    },
  })

  scope.get('/dev/mailbox', { schema: { hide: true }, config: { errors: 'page' } }, async (request, reply) => {
    sendPage(reply, 200, mailboxPage((await arrived(request)).map(messageOf)))
    return reply
  })
}

/**
 * The mailbox is asked for by a name that means this machine. A page of elsewhere whose own name was made to lead here would
 * otherwise read it like a page of ours.
 *
 * @throws {ApplicationRefusal} `PERMISSION_DENIED` for any other name.
 */
function assertAskedByName({ raw }: FastifyRequest): void {
  const url = URL.parse(`http://${raw.headers.host ?? ''}`)
  if (url !== null && isLoopbackHost(url.hostname)) return
  throw new ApplicationRefusal('PERMISSION_DENIED', 'The mailbox is looked into by the address of this machine alone')
}

function messageOf({ mail, written }: { readonly mail: KeptMail; readonly written: WrittenMail }) {
  const { subject, text, html, link, code } = written
  return {
    id: String(mail.id),
    kind: mail.kind,
    to: mail.recipient,
    subject,
    text,
    html,
    ...(link === null ? {} : { link }),
    ...(code === null ? {} : { code }),
    createdDate: timestamp(mail.createdAt),
  }
}
