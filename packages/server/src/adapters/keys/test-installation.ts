import { randomBytes, randomUUID } from 'node:crypto'
import type { ClientId, EpochMs, MemberId, Sid, SiteId, VisitorId } from '../../domain/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Randomness } from '../../ports/randomness.ts'

/** What the tests of this folder share: the system's randomness, a clock that is set by hand, and one of each subject. */
export const systemRandomness: Randomness = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  guid: () => randomUUID(),
}

/** 2026-01-01T00:00:00.250Z: not a whole second, so that rounding shows. */
export const startOfTest: EpochMs = 1_767_225_600_250

/** A clock that stands still until its `time` is set. */
export function manualClock(): Clock & { time: EpochMs } {
  return {
    time: startOfTest,
    now() {
      return this.time
    },
  }
}

export const site = '11111111-1111-4111-8111-111111111111' as SiteId
export const client = '22222222-2222-4222-8222-222222222222' as ClientId
export const member = '33333333-3333-4333-8333-333333333333' as MemberId
export const visitor = '44444444-4444-4444-8444-444444444444' as VisitorId
export const sid = 'c2lkLW9mLXRoZS1ncmFudA' as Sid

/** Moments of a key made at the start of the test and active at once. */
export const fromStart = { randomness: systemRandomness, createdAt: startOfTest, activeFrom: startOfTest }
