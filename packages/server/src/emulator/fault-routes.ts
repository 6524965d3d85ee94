/** The faults of an emulator by HTTP: what is wrong, and what is to be. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { addMethod } from '../http/wire/add-method.ts'
import type { Surroundings } from '../http/wire/surroundings.ts'
import { assertNoUnknownNames } from '../http/wire/unknown-names.ts'
import { optional } from '../http/wire/validation.ts'
import type { Faults } from './faults.ts'

/** Longer than any caller waits, and short enough to be done on the day of the test. */
const commitDelayMsMax = 60_000

const database = Type.Enum(['up', 'down'], {
  description: 'While it is down every call that needs it is answered 503, and nothing is changed',
})
const commitDelayMs = Type.Integer({
  minimum: 0,
  maximum: commitDelayMsMax,
  description: 'How much longer every commit takes, in milliseconds',
})
const mail = Type.Enum(['up', 'down'], {
  description:
    'While it is down no mail arrives in the mailbox; each waits and is tried again, the first time some ten seconds later by the clock of the emulator',
})
const waitingCommits = Type.Integer({ description: 'How many commits are held up at this moment' })

/** Adds `GET` and `POST /dev/faults`. */
export function faultRoutes(app: FastifyInstance, surroundings: Surroundings, faults: Faults): void {
  const about = {
    addresses: ['/dev/faults'],
    errors: 'identity',
    tag: 'Emulator',
    answers: { 200: Type.Object({ database, commitDelayMs, mail, waitingCommits }) },
  } as const
  const message = () => ({ ...faults.present, waitingCommits: faults.waitingCommits })

  addMethod(app, surroundings, {
    ...about,
    methods: ['GET'],
    summary: 'What is wrong with the database and with mail at present',
    handler: async () => message(),
  })

  addMethod(app, surroundings, {
    ...about,
    methods: ['POST'],
    summary: 'Take the database or mail away or bring them back, and make commits slow',
    description: 'What is left out stays as it is. Commits that wait go on at once, by what holds from then on.',
    body: Type.Object({ database: optional(database), commitDelayMs: optional(commitDelayMs), mail: optional(mail) }),
    handler: async ({ body }) => {
      assertNoUnknownNames(body, ['database', 'commitDelayMs', 'mail'], { what: 'field' })
      faults.set({
        ...(body.database == null ? {} : { database: body.database }),
        ...(body.commitDelayMs == null ? {} : { commitDelayMs: body.commitDelayMs }),
        ...(body.mail == null ? {} : { mail: body.mail }),
      })
      return message()
    },
  })
}
