import type { Mutant } from './mutant.ts'

/** Breaks of what the tests of administration show. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['H-05'],
    breaks: 'a mistyped filter of administration is no filter',
    file: 'packages/server/src/http/administration/add-administration-method.ts',
    find: `      assertNoUnknownNames(call.request.query, Object.keys(properties), { what: 'parameter' })\n`,
    replace: '',
    tests: ['packages/server/test/bad-input/fields.test.ts'],
  },
  {
    rows: [],
    breaks: 'a key may do what its role may not',
    file: 'packages/server/src/domain/administrator.ts',
    find: 'administratorRoles.indexOf(role) >= administratorRoles.indexOf(needed)',
    replace: 'administratorRoles.includes(role) && administratorRoles.includes(needed)',
    tests: ['packages/server/test/administration/administrators.test.ts'],
  },
  {
    rows: ['D-14'],
    breaks: 'the generation of the site is not looked at',
    file: 'packages/server/src/domain/session.ts',
    find: 'session.siteGeneration < facts.siteGeneration || ',
    replace: '',
    tests: ['packages/server/test/administration/end-everyone.test.ts'],
  },
  {
    rows: ['D-14'],
    breaks: 'a visitor outlives the end of everyone',
    file: 'packages/server/src/operations/visitor-liveness.ts',
    find: '!ended && generation >= siteGeneration && ',
    replace: '!ended && siteGeneration > 0 && generation > 0 && ',
    tests: ['packages/server/test/administration/end-everyone.test.ts'],
  },
  {
    rows: ['S-07'],
    breaks: 'a block leaves the sessions to the status, which the end of the block takes away',
    file: 'packages/server/src/adapters/sqlite/blocking.ts',
    find: `const ended = this.#ending.endAll(commit, memberId, { ...asked, cause: 'blocked', actor })`,
    replace: 'const ended: [] = []',
    tests: ['packages/server/test/administration/blocking.test.ts'],
  },
  {
    rows: ['S-07'],
    breaks: 'a block ends the sessions and does not keep new ones from being started',
    file: 'packages/server/src/adapters/sqlite/blocking.ts',
    find: `      this.#setStatus.run(status, asked.at, memberId)
      this.#mails.insert(mails)
      commit.tell({ ...asked, siteId: member.siteId, event: 'member.blocked', actor, memberId })`,
    replace: `      commit.tell({ ...asked, siteId: member.siteId, event: 'member.blocked', actor, memberId })`,
    tests: ['packages/server/test/interleavings/block-and-credentials.test.ts'],
  },
  {
    rows: ['S-07'],
    breaks: 'a session is started by the status that the member had when the password was checked',
    file: 'packages/server/src/adapters/sqlite/sessions.ts',
    find: `if (member === undefined || text(member, 'status') !== 'ACTIVE') return { outcome: 'member_not_active' }`,
    replace: `if (member === undefined) return { outcome: 'member_not_active' }`,
    tests: ['packages/server/test/interleavings/block-and-credentials.test.ts'],
  },
  {
    rows: [],
    breaks: 'lifting a block approves who was waiting',
    file: 'packages/server/src/domain/blocking.ts',
    find: 'return statusWaitingFor(statusReasons)',
    replace: `return statusReasons.length < 0 ? 'PENDING' : 'ACTIVE'`,
    tests: ['packages/server/test/administration/blocking.test.ts'],
  },
  {
    rows: [],
    breaks: 'a session of anybody is ended below any member',
    file: 'packages/server/src/operations/member-sessions.ts',
    find: 'if (facts?.session.memberId !== memberId) throw noSuchSession()',
    replace: 'if (facts === undefined) throw noSuchSession()',
    tests: ['packages/server/test/administration/member-sessions.test.ts'],
  },
  {
    rows: [],
    breaks: 'sessions that passed a limit are listed as alive',
    file: 'packages/server/src/operations/member-sessions.ts',
    find: `page.filter(({ facts }) => judgeSession(facts).state === 'live')`,
    replace: `page.filter(({ facts }) => facts.ended === null)`,
    tests: ['packages/server/test/administration/member-sessions.test.ts'],
  },
]
