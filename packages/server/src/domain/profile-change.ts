import type { Member } from './member.ts'

/** A change of some fields of a profile: what is given takes the place of what was, what is removed is gone, the rest stays. */
export interface ProfileChange {
  readonly set: Member['profile']
  readonly remove: readonly string[]
}

/** The profile once changed. A field that is both set and removed is set. */
export function profileAfter(profile: Member['profile'], { set, remove }: ProfileChange): Member['profile'] {
  const kept = Object.entries(profile).filter(([name]) => !remove.includes(name))
  return { ...Object.fromEntries(kept), ...set }
}
