/**
 * The emulator: the whole service for the tests of a site, on the developer's own machine, with its time and its faults in the
 * hands of the test.
 *
 * It is the server of `main.ts` with something put in front of its parts: a clock that can be moved, a database that can be
 * replaced and made to fail, and three routes below `/dev`. It depends on the server, which knows nothing of it.
 */
import type { FastifyBaseLogger } from 'fastify'
import { generateKeys } from '../adapters/keys/generate-keys.ts'
import type { Configuration } from '../config/configuration.ts'
import { type RunningServer, startServer } from '../main.ts'
import { openStorage } from '../open-storage.ts'
import { reap } from '../operations/reap.ts'
import type { Service } from '../operations/service.ts'
import type { Clock } from '../ports/clock.ts'
import type { Mailer } from '../ports/mailer.ts'
import type { Randomness } from '../ports/randomness.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import { clockRoutes } from './clock-routes.ts'
import { EmulatedClock } from './emulated-clock.ts'
import { faultRoutes } from './fault-routes.ts'
import { Faults } from './faults.ts'
import { type FirstWorld, firstWorldOf, furnishAgain } from './first-world.ts'
import { openPolicies } from './fixed-values.ts'
import { loudMailer } from './loud-mailer.ts'
import type { MembersFile } from './members-file.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { resetRoute } from './reset-route.ts'
import { makeMembers, seedMembers } from './seeded-members.ts'
import { Worlds } from './worlds.ts'

export interface EmulatorParts {
  /** As `emulatorConfiguration` reads it. */
  readonly configuration: Configuration
  /** Who is a member at the start and after every reset. */
  readonly members: MembersFile | undefined
  /** The machine's clock, by which the emulator's runs. */
  readonly clock: Clock
  readonly randomness: Randomness
  readonly logger: FastifyBaseLogger
}

/**
 * Starts an emulator. Resolves once requests are served, with all members there.
 *
 * @throws {UnusableMembers} When an address or a password of the file breaks a rule. Nothing was served then.
 * @throws {Error} Of the system, when the address is taken.
 */
export async function startEmulator(parts: EmulatorParts): Promise<RunningServer> {
  const { configuration, members, clock: machine, randomness, logger } = parts
  const clock = new EmulatedClock(machine)
  const faults = new Faults()
  const worlds = new Worlds((error) => logger.error({ err: error }, 'The database before a reset was not closed'))
  // What the server does by itself begins and ends in one world: no request keeps it there.
  const upkeep = new OneAtATime()
  let first: FirstWorld | undefined

  const server = await startServer({
    configuration,
    clock,
    randomness,
    logger,
    siteSettings: openPolicies,
    // Good from the beginning of time: the clock may be fixed at any moment.
    makeFirstKeys: () => generateKeys({ randomness, createdAt: 0, activeFrom: 0 }),
    decorateStorage: (opened) => faults.decorate(worlds.decorate(opened)),
    decorateUpkeep: upkeep.run,
    decorateService: async (service) => {
      const seeded = members === undefined ? [] : await makeMembers(service, members)
      await seedMembers(service.storage, seeded, { at: clock.now(), requestId: randomness.guid() })
      first = await firstWorldOf(service, seeded)
      return {
        ...service,
        backUp: refuseBackup,
        mailer: mailerOf(service),
        passwordLengthLeast: openPolicies.passwordMinimumLength,
      }
    },
    decorateHttp: (app, surroundings) => {
      const { service } = surroundings
      app.addHook('preHandler', worlds.attend)
      clockRoutes(app, surroundings, { clock, moved: () => endWhatIsOver(service) })
      faultRoutes(app, surroundings, faults)
      resetRoute(app, surroundings, () => reset(service))
    },
  })
  return {
    ...server,
    close: async () => {
      // Nobody waits for a commit that is slow on purpose.
      faults.mend()
      await server.close()
    },
  }

  /** At once rather than at the next pass, so that whether a session is over never depends on how long a test took. */
  function endWhatIsOver(service: Service): Promise<void> {
    return upkeep
      .run(() => reap(service, randomness.guid()))
      .then(
        () => undefined,
        (error: unknown) => service.reportFailure('Sessions past their limits were not ended', error),
      )
  }

  function mailerOf({ mailer }: Service): Mailer | null {
    return mailer && faults.decorateMailer(loudMailer(mailer, logger))
  }

  async function reset({ keyring, measurements }: Service): Promise<void> {
    await upkeep.run(async () => {
      if (first === undefined) throw new RangeError('Cannot put back what was never there')
      const next = await openStorage({
        location: { kind: 'sqlite-memory' },
        clock,
        randomness,
        observer: measurements,
        mailKept: () => server.mailKept(),
      })
      await furnishAgain(next, first, { former: worlds.present, at: machine.now(), randomness })
      // From here on in one go: nobody finds a part of it.
      faults.mend()
      clock.followMachine()
      worlds.replace(next)
      keyring.replace(first.keys)
    })
  }
}

/** Everybody knows the administrator key, and every origin is allowed: any page could have files written here. */
async function refuseBackup(): Promise<never> {
  throw new ApplicationRefusal('PERMISSION_DENIED', 'The emulator writes no backups, as it keeps nothing')
}
