import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { systemClock } from '../adapters/system/clock.ts'
import { systemRandomness } from '../adapters/system/randomness.ts'
import { keptEpoch } from '../adapters/witness/kept-epoch.ts'
import { parseConfiguration } from '../config/parse-configuration.ts'
import { openStorage, witnessFile } from '../open-storage.ts'
import type { Command } from './command.ts'
import { notOption, RefusedCommand, UsageError } from './refusals.ts'

/** Decides about a database that is not the one that was served last. The one command that takes it whatever it is. */
export const epoch: Command = {
  parameters: 'new|keep',
  summary: 'goes on with a database that was put back: everyone ended (new), or as it is (keep)',
  run: async (rest) => {
    const [decision, ...more] = rest
    if ((decision !== 'new' && decision !== 'keep') || more.length > 0) {
      throw new UsageError(`adjourn epoch needs one word, new or keep${notOption(rest)}`)
    }
    const configuration = parseConfiguration(process.env)
    const { database: location } = configuration
    const witness = witnessFile(configuration, () => {})
    if (witness === undefined)
      throw new RefusedCommand('A database in memory is never put back: there is nothing to do')
    if (location.kind === 'sqlite' && !existsSync(location.path)) {
      throw new RefusedCommand(`There is no database at ${resolve(location.path)}`)
    }
    const storage = await openStorage({ location, clock: systemClock, randomness: systemRandomness })
    try {
      const begun = await storage.decideEpoch({
        decision,
        newId: systemRandomness.guid(),
        above: keptEpoch(witness),
        at: systemClock.now(),
        requestId: '',
      })
      witness.keepNow(await storage.witness())
      process.stdout.write(
        decision === 'keep'
          ? `Epoch ${begun.epoch} begins, and nothing was ended: the database is taken as it is.\n`
          : `Epoch ${begun.epoch} begins: every session, grant and token from before is ended. Members log in anew.\n`,
      )
    } finally {
      await storage.close()
    }
  },
}
