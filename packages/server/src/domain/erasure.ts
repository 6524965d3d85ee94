import type { Member } from './member.ts'

/**
 * What is stored of a member once they are deleted: nothing that a person gave, and nothing that lets anybody in. The id stays,
 * so that records which name it can be told apart, and points to nobody.
 *
 * The place of the address is taken by the id, which is no address: it frees the real one and is unique all the same.
 */
export function erased({
  id,
}: Pick<Member, 'id'>): Pick<
  Member,
  'email' | 'emailKey' | 'emailVerified' | 'status' | 'statusReasons' | 'passwordHash' | 'profile'
> {
  return {
    email: '',
    emailKey: id,
    emailVerified: false,
    status: 'DELETED',
    statusReasons: [],
    passwordHash: null,
    profile: {},
  }
}

/** Whether nothing is left to be erased. */
export function isErased({ id, status, emailKey }: Pick<Member, 'id' | 'status' | 'emailKey'>): boolean {
  return status === 'DELETED' && emailKey === id
}
