import type { Mutant } from './mutant.ts'

const postgres = 'packages/server/src/adapters/postgres'
const severalNodes = ['packages/server/test/postgres/several-nodes.test.ts']
const faults = ['packages/server/test/postgres/faults.test.ts']
const opening = ['packages/server/test/postgres/opening.test.ts']

/** Breaks of the storage on PostgreSQL that only several nodes, or a failing network, bring to light. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['D-12'],
    breaks: 'Batches pass the head of the log without waiting for each other, so audit numbers come up behind readers',
    file: `${postgres}/locks.ts`,
    find: ', 1)`',
    replace: ', pg_backend_pid())`',
    tests: severalNodes,
  },
  {
    rows: ['D-09'],
    breaks: 'A grant is opened although its session has ended since it was looked at',
    file: `${postgres}/changes.ts`,
    find: 'const relies = this.reliedOn.sessions.size + this.reliedOn.grants.size > 0',
    replace: 'const relies = false',
    tests: severalNodes,
  },
  {
    rows: ['D-13'],
    breaks: 'An end of all of a member’s sessions does not wait for sessions that are being started',
    file: `${postgres}/needs.ts`,
    find: "const memberLock = this.#changesMembers ? 'FOR NO KEY UPDATE' : 'FOR SHARE'",
    replace: "const memberLock = ''",
    tests: severalNodes,
  },
  {
    rows: ['O-06'],
    breaks: 'A code is read without being held',
    file: `${postgres}/needs.ts`,
    find: 'WHERE hash = ANY ($1::bytea[]) ORDER BY hash FOR UPDATE`',
    replace: 'WHERE hash = ANY ($1::bytea[]) ORDER BY hash`',
    tests: severalNodes,
  },
  {
    rows: ['D-08'],
    breaks: 'A refresh token is read without being held',
    file: `${postgres}/needs.ts`,
    find: "'SELECT hash FROM refresh_token WHERE hash = ANY ($1::bytea[]) ORDER BY hash FOR UPDATE'",
    replace: "'SELECT hash FROM refresh_token WHERE hash = ANY ($1::bytea[]) ORDER BY hash'",
    tests: severalNodes,
  },
  {
    rows: ['D-15'],
    breaks: 'A check is answered before the end of the session is looked up',
    file: `${postgres}/session-facts.ts`,
    find: "ended: endOf(integerOrNull(row, 'session_end') ?? 0)",
    replace: 'ended: null',
    tests: severalNodes,
  },
  {
    rows: ['D-03'],
    breaks: 'A commit whose acknowledgement is lost is told as if nothing had happened',
    file: `${postgres}/transaction.ts`,
    find: 'const isKnown = last?.reason instanceof StatementRefused && !last.reason.fatal',
    replace: 'const isKnown = true',
    tests: faults,
  },
  {
    rows: ['D-02', 'D-17'],
    breaks: 'A connection that was lost is used on',
    file: `${postgres}/pool.ts`,
    find: 'if (current?.usable === true) return current',
    replace: 'if (current !== undefined) return current',
    tests: faults,
  },
  {
    rows: ['D-17'],
    breaks: 'A database that keeps silent is waited for',
    file: `${postgres}/connection.ts`,
    find: 'const silence = setTimeout(() => this.destroy(), withinMs)',
    replace: 'const silence = setTimeout(() => {}, withinMs)',
    tests: faults,
  },
  {
    rows: ['D-01'],
    breaks: 'Commits are as durable as the database’s default makes them',
    file: `${postgres}/connection.ts`,
    find: "synchronous_commit: 'on',",
    replace: '',
    tests: opening,
  },
  {
    rows: ['D-01'],
    breaks: 'A server that does not sync is taken',
    file: `${postgres}/connection.ts`,
    find: "if (found['fsync'] !== 'on' || ",
    replace: 'if (',
    tests: opening,
  },
]
