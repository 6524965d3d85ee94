import type { Mutant } from './mutant.ts'

const told = ['packages/server/test/mail/members-are-told.test.ts']

/** Breaks of what the tests of mails show. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['A-08'],
    breaks: 'nobody is told of a changed password',
    file: 'packages/server/src/operations/change-password.ts',
    find: `mails: [mailToMember(site, member, { kind: 'password_changed', parameters: { by: 'member' }, at })],`,
    replace:
      'mails: [mailToMember(site, member, { kind: "password_changed", parameters: { by: "member" }, at })].slice(1),',
    tests: told,
  },
  {
    rows: ['A-08'],
    breaks: 'a member is told again of sessions that had ended before',
    file: 'packages/server/src/adapters/sqlite/sqlite-storage.ts',
    find: `if (answer.outcome === 'ended' && answer.sessions.length > 0) mails.insert(request.mails ?? [])`,
    replace: 'mails.insert(request.mails ?? [])',
    tests: told,
  },
  {
    rows: ['A-08'],
    breaks: 'a member is not told of sessions that an administrator ended',
    file: 'packages/server/src/operations/member-sessions.ts',
    find: 'actor, mails, at, requestId',
    replace: 'actor, mails: mails.slice(1), at, requestId',
    tests: told,
  },
  {
    rows: ['A-08'],
    breaks: 'a member is not told that they were blocked',
    file: 'packages/server/src/adapters/sqlite/blocking.ts',
    find: `      this.#mails.insert(mails)
      commit.tell({ ...asked, siteId: member.siteId, event: 'member.blocked', actor, memberId })`,
    replace: `      commit.tell({ ...asked, siteId: member.siteId, event: 'member.blocked', actor, memberId })`,
    tests: told,
  },
]
