import type { Member } from './member.ts'

/** Why a member cannot be changed. */
export type ChangeRefused = { readonly outcome: 'revision_differs' | 'unknown' | 'deleted' }

/**
 * The member, where they can be changed; otherwise why not.
 *
 * @param revision - The one that whoever asks has seen; `null` where that does not matter to them.
 */
export function changeable(member: Member | undefined, revision: number | null): Member | ChangeRefused {
  if (member === undefined) return { outcome: 'unknown' }
  if (member.status === 'DELETED') return { outcome: 'deleted' }
  return revision === null || revision === member.revision ? member : { outcome: 'revision_differs' }
}
