import type { TestProject } from 'vitest/node'
import { generateKeys } from '../../src/adapters/keys/generate-keys.ts'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import type { StoredKey } from '../../src/ports/keys.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly firstKeys: readonly StoredKey[]
  }
}

/**
 * Makes the keys of the test servers once for a whole run: an RSA key pair costs a third of a second, which is most of
 * what starting a server takes. Real processes, and tests about keys, make their own.
 */
export default async function setup(project: TestProject): Promise<void> {
  project.provide('firstKeys', await generateKeys({ randomness: systemRandomness, createdAt: 0, activeFrom: 0 }))
}
