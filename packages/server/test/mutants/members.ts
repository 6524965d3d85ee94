import type { Mutant } from './mutant.ts'

const conformance = 'packages/server/test/sqlite-conformance.test.ts'

/** Breaks of what the tests of administering members show. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['S-07'],
    breaks: 'a deletion leaves the sessions to the status, and nothing of their end is on record',
    file: 'packages/server/src/adapters/sqlite/member-administration.ts',
    find: `const ended = this.#ending.endAll(commit, memberId, { ...asked, cause: 'deleted', actor })`,
    replace: 'const ended: [] = []',
    tests: [conformance, 'packages/server/test/administration/deleting-members.test.ts'],
  },
  {
    rows: ['S-07'],
    breaks: 'on PostgreSQL a deletion leaves the sessions to the status',
    file: 'packages/server/src/adapters/postgres/member-administration.ts',
    find: `const all = changes.end({ by: 'member', memberId }, { ...asked, cause: 'deleted', actor })`,
    replace: `const all = changes.end({ by: 'member', memberId: '' as typeof memberId }, { ...asked, cause: 'deleted', actor })`,
    tests: ['packages/server/test/postgres-conformance.test.ts'],
  },
  {
    rows: ['A-07'],
    breaks: 'the profile of a deleted member stays',
    file: 'packages/server/src/domain/erasure.ts',
    find: 'profile: {},',
    replace: `profile: { firstName: 'very-personal-name' },`,
    tests: ['packages/server/test/administration/deleting-members.test.ts'],
  },
  {
    rows: ['A-07'],
    breaks: 'the mails of a deleted member stay',
    file: 'packages/server/src/adapters/sqlite/member-administration.ts',
    find: `      'DELETE FROM mail WHERE member_id = ?',\n`,
    replace: '',
    tests: [conformance, 'packages/server/test/administration/deleting-members.test.ts'],
  },
  {
    rows: ['A-07'],
    breaks: 'on PostgreSQL the mails of a deleted member stay',
    file: 'packages/server/src/adapters/postgres/member-administration.ts',
    find: `  'DELETE FROM mail WHERE member_id = $1',\n`,
    replace: '',
    tests: ['packages/server/test/postgres-conformance.test.ts'],
  },
  {
    rows: ['A-08'],
    breaks: 'the address that was given up is not told',
    file: 'packages/server/src/operations/change-email.ts',
    find: '[member.email, email].map(',
    replace: '[email].map(',
    tests: ['packages/server/test/administration/changing-members.test.ts'],
  },
  {
    rows: [],
    breaks: 'a member is changed by a revision of before',
    file: 'packages/server/src/domain/member-change.ts',
    find: 'revision === null || revision === member.revision',
    replace: 'revision === null || revision <= member.revision',
    tests: [conformance, 'packages/server/test/administration/changing-members.test.ts'],
  },
  {
    rows: [],
    breaks: 'an address that was verified stays so when it becomes another',
    file: 'packages/server/src/operations/change-email.ts',
    find: 'change.emailVerified ?? (isSameAddress && member.emailVerified)',
    replace: 'change.emailVerified ?? member.emailVerified',
    tests: ['packages/server/test/administration/changing-members.test.ts'],
  },
]
