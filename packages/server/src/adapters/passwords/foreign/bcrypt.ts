import { UnreadableHash } from '../unreadable-hash.ts'
import type { ForeignHash } from './foreign-hash.ts'

/** `$2x$` is left out: it marks hashes of a faulty implementation, which no right one can check. */
const form = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

/** One step doubles the time: the highest takes about a second, the least that bcrypt has is 4. */
const costMin = 4
const costMax = 14

/**
 * Reads a bcrypt hash, `$2b$12$…`. Bcrypt looks at the first 72 bytes of a password only.
 *
 * @throws {UnreadableHash} When it is malformed or costs too much.
 */
export function readBcrypt(encoded: string): ForeignHash | undefined {
  if (!encoded.startsWith('$2')) return undefined
  const [, digits] = form.exec(encoded) ?? []
  if (digits === undefined) throw new UnreadableHash('it begins like a bcrypt hash and is none that can be checked')
  const cost = Number(digits)
  if (cost < costMin || cost > costMax) {
    throw new UnreadableHash(`its bcrypt cost is ${cost}, and ${costMin} to ${costMax} can be checked`)
  }
  return {
    isOf: async (password) => {
      // Loaded when the first such hash is checked: most installations have none.
      const { verify } = await import('@node-rs/bcrypt')
      return verify(password, encoded)
    },
  }
}
