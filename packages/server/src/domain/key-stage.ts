import type { EpochMs } from './ids.ts'

/** What of a key decides about its stage. */
interface KeyTimes {
  readonly kid: string
  readonly purpose: string
  readonly createdAt: EpochMs
  readonly activeFrom: EpochMs
  readonly retiredAt: EpochMs | null
}

/**
 * The stage of a key at a moment. `upcoming`: published, and signs from `activeFrom` on. `in_use`: the one of its purpose that signs.
 * `superseded`: another one signs, and what this one signed is accepted. `retired`: nothing accepts it.
 */
export type KeyStage = 'upcoming' | 'in_use' | 'superseded' | 'retired'

/** A total order, so that all nodes agree on the key that signs: the first that may. */
export function newestFirst(a: KeyTimes, b: KeyTimes): number {
  return b.activeFrom - a.activeFrom || b.createdAt - a.createdAt || (a.kid < b.kid ? -1 : 1)
}

/** Whether what a key signed, or will sign, is accepted. */
export function isTrusted(key: Pick<KeyTimes, 'retiredAt'>, now: EpochMs): boolean {
  return key.retiredAt === null || now < key.retiredAt
}

/** Whether a key may sign. Of those of a purpose that may, the newest does. */
export function maySign(key: Pick<KeyTimes, 'activeFrom' | 'retiredAt'>, now: EpochMs): boolean {
  return key.activeFrom <= now && isTrusted(key, now)
}

/** The stage of one of the keys. */
export function stageOf(key: KeyTimes, all: readonly KeyTimes[], now: EpochMs): KeyStage {
  if (!isTrusted(key, now)) return 'retired'
  if (!maySign(key, now)) return 'upcoming'
  const [first] = all.filter((each) => each.purpose === key.purpose && maySign(each, now)).toSorted(newestFirst)
  return first?.kid === key.kid ? 'in_use' : 'superseded'
}
