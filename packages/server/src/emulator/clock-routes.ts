/** The clock of an emulator by HTTP: what time it is, and how it is moved. */
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { EpochMs } from '../domain/ids.ts'
import { addMethod } from '../http/wire/add-method.ts'
import type { Surroundings } from '../http/wire/surroundings.ts'
import { assertNoUnknownNames } from '../http/wire/unknown-names.ts'
import { optional } from '../http/wire/validation.ts'
import { ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import { readMoment } from '../protocol/moment.ts'
import { timestamp } from '../protocol/timestamp.ts'
import { type EmulatedClock, lastMoment } from './emulated-clock.ts'

const move = Type.Object({
  fixAt: optional(Type.String({ description: 'Stand still at this moment, such as 2026-12-24T18:00:00Z' })),
  stepMs: optional(Type.Integer({ minimum: 1, description: 'Move ahead by so many milliseconds' })),
  run: optional(Type.Literal(true, { description: 'Run on from where the clock stands' })),
})
const ways = ['fixAt', 'stepMs', 'run'] as const

const clockMessage = Type.Object({
  now: Type.String(),
  fixed: Type.Boolean({ description: 'Whether the clock stands still' }),
})

/**
 * Adds `GET` and `POST /dev/clock`.
 *
 * @param moved - Done after every move and before its answer. Must not fail.
 */
export function clockRoutes(
  app: FastifyInstance,
  surroundings: Surroundings,
  { clock, moved }: { readonly clock: EmulatedClock; readonly moved: () => Promise<void> },
): void {
  const about = {
    addresses: ['/dev/clock'],
    errors: 'identity',
    tag: 'Emulator',
    answers: { 200: clockMessage },
  } as const
  const message = () => ({ now: timestamp(clock.now()), fixed: clock.isFixed })

  addMethod(app, surroundings, {
    ...about,
    methods: ['GET'],
    summary: 'What time it is for sessions, tokens, codes and tickets',
    handler: async () => message(),
  })

  addMethod(app, surroundings, {
    ...about,
    methods: ['POST'],
    summary: 'Fix the clock at a moment, step it ahead, or let it run again',
    description:
      'One of the three at a time. A session that passes a limit by it has ended, also when the clock goes back.',
    body: move,
    handler: async ({ body }) => {
      assertNoUnknownNames(body, ways, { what: 'field' })
      moveClock(clock, body)
      await moved()
      return message()
    },
  })
}

/** @throws {ValidationRefusal} When not exactly one way is given, or it leads to where no clock goes. */
function moveClock(clock: EmulatedClock, given: Static<typeof move>): void {
  const [way, other] = ways.filter((name) => given[name] != null)
  if (way === undefined) throw refusal('fixAt', 'is required, unless stepMs or run is given')
  if (other !== undefined) throw refusal(other, `must not be given together with ${way}`)
  if (given.fixAt != null) clock.fix(momentIn(given.fixAt))
  else if (given.stepMs != null) clock.step(stepFrom(clock.now(), given.stepMs))
  else clock.run()
}

function momentIn(text: string): EpochMs {
  const at = readMoment(text)
  if (at !== undefined && at >= 0 && at <= lastMoment) return at
  throw new ValidationRefusal([
    violation('fixAt', 'FORMAT', 'must be a moment from 1970 to 2999, such as 2026-12-24T18:00:00Z'),
  ])
}

function stepFrom(now: EpochMs, ms: number): number {
  if (now + ms <= lastMoment) return ms
  throw refusal('stepMs', 'must not lead beyond the year 2999')
}

function refusal(field: string, description: string): ValidationRefusal {
  return new ValidationRefusal([violation(field, 'OTHER', description)])
}
