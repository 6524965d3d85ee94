import { timingSafeEqual } from 'node:crypto'
import { isTrusted, maySign, newestFirst } from '../../domain/key-stage.ts'
import type { Clock } from '../../ports/clock.ts'
import { type KeyEncryption, type Keyring, NoActiveKey, type StoredKey, UnusableStoredKey } from '../../ports/keys.ts'
import { createDerivedMacs, type DerivedMacs } from './derived-macs.ts'
import { type LoadedKeyPair, loadKey } from './load-key.ts'

/** Everything the keyring holds, replaced as a whole. Newest first, as `newestFirst` says. */
interface HeldKeys {
  readonly pairs: readonly LoadedKeyPair[]
  readonly macRoots: readonly { readonly stored: StoredKey; readonly macs: DerivedMacs }[]
}

/**
 * Holds the keys of this node in memory.
 *
 * Reads no storage and makes no keys: it is given rows, at the start and on every rotation.
 *
 * @param stored all keys of the installation, retired ones allowed
 * @param keyEncryption unwraps those that are wrapped
 * @param clock decides at each call which key is active and which is retired
 * @throws {KeyEncryptionMismatch} when a wrapped key cannot be unwrapped
 * @throws {UnusableStoredKey} when a key is not what its row says, or two share a name
 */
export function createKeyring({
  stored,
  keyEncryption,
  clock,
}: {
  readonly stored: readonly StoredKey[]
  readonly keyEncryption?: KeyEncryption | undefined
  readonly clock: Clock
}): Keyring {
  let held = hold(stored, keyEncryption, { pairs: [], macRoots: [] })

  return {
    publicJwks() {
      const now = clock.now()
      return { keys: held.pairs.filter((pair) => isTrusted(pair.stored, now)).map((pair) => pair.publicJwk) }
    },

    signingKey(purpose) {
      const now = clock.now()
      const pair = held.pairs.find((candidate) => candidate.purpose === purpose && maySign(candidate.stored, now))
      if (pair === undefined) throw new NoActiveKey(purpose)
      return { kid: pair.stored.kid, alg: pair.alg, key: pair.privateKey }
    },

    verificationKey(kid, purpose) {
      const pair = held.pairs.find((candidate) => candidate.stored.kid === kid)
      if (pair === undefined || pair.purpose !== purpose || !isTrusted(pair.stored, clock.now())) return undefined
      return { kid, alg: pair.alg, key: pair.publicKey }
    },

    mac(context, data) {
      const now = clock.now()
      const root = held.macRoots.find((candidate) => maySign(candidate.stored, now))
      if (root === undefined) throw new NoActiveKey('mac')
      return root.macs.compute(context, data)
    },

    verifyMac(context, data, mac) {
      const now = clock.now()
      for (const root of held.macRoots) {
        if (!isTrusted(root.stored, now)) continue
        const computed = root.macs.compute(context, data)
        if (computed.length === mac.length && timingSafeEqual(computed, mac)) return true
      }
      return false
    },

    trustedMacs(context, data) {
      const now = clock.now()
      return held.macRoots.filter(({ stored }) => isTrusted(stored, now)).map(({ macs }) => macs.compute(context, data))
    },

    replace(replacement) {
      held = hold(replacement, keyEncryption, held)
    },
  }
}

function hold(stored: readonly StoredKey[], keyEncryption: KeyEncryption | undefined, previous: HeldKeys): HeldKeys {
  const names = new Set<string>()
  const pairs: LoadedKeyPair[] = []
  const macRoots: { stored: StoredKey; macs: DerivedMacs }[] = []
  for (const row of stored.toSorted(newestFirst)) {
    if (names.has(row.kid)) throw new UnusableStoredKey(row.kid, 'another key has the same name')
    names.add(row.kid)
    const loaded = loadKey(row, keyEncryption)
    if (loaded.purpose === 'mac') macRoots.push({ stored: row, macs: createDerivedMacs(loaded.root) })
    else pairs.push(keepPublicKeyObject(loaded, previous))
  }
  return { pairs, macRoots }
}

/** Whoever remembers something about a key may compare by object: an unchanged key keeps its own across rotations. */
function keepPublicKeyObject(loaded: LoadedKeyPair, previous: HeldKeys): LoadedKeyPair {
  const before = previous.pairs.find((pair) => pair.stored.kid === loaded.stored.kid)
  return before?.publicKey.equals(loaded.publicKey) ? { ...loaded, publicKey: before.publicKey } : loaded
}
