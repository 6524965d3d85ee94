import { defaultArgon2Parameters } from '../../packages/server/src/adapters/passwords/argon2-parameters.ts'

const { memoryKib, passes, parallelism } = defaultArgon2Parameters

/** The password of every member, and what computing its hash costs: what Adjourn asks for by default. */
export const password = {
  text: 'a long passphrase of ada',
  cost: { memoryCost: memoryKib, timeCost: passes, parallelism },
}
