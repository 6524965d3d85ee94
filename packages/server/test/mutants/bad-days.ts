import type { Mutant } from './mutant.ts'

const src = 'packages/server/src'
const postgres = `${src}/adapters/postgres`
const databaseAway = ['packages/server/test/bad-days/database-away.test.ts']

/** Breaks in what is said while the database fails. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['D-02'],
    breaks: 'An end that failed is told as done.',
    file: `${src}/operations/failed-end.ts`,
    find: `if (answer.outcome === 'failed') return answer.error`,
    replace: '',
    tests: databaseAway,
  },
  {
    rows: ['D-02'],
    breaks: 'Nobody is told when to try again.',
    file: `${src}/http/errors/render.ts`,
    find: `reply.header('retry-after', answer.retryAfterSeconds)`,
    replace: 'reply.header(`x-later`, answer.retryAfterSeconds)',
    tests: databaseAway,
  },
  {
    rows: ['D-02', 'D-17'],
    breaks: 'Without a database nobody is signed in.',
    file: `${src}/http/errors/answer.ts`,
    find: `return applicationAnswer('SERVICE_UNAVAILABLE', description, { data, retryAfterSeconds, because, unexpected: true })`,
    replace: `return applicationAnswer('UNAUTHENTICATED', description)`,
    tests: databaseAway,
  },
  {
    rows: ['D-17'],
    breaks: 'A token whose standing cannot be read is told as inactive.',
    file: `${src}/operations/token-info.ts`,
    find: `const facts = await service.storage.check({ by: 'sid', sid: claims.sid })`,
    replace: `const facts = await service.storage.check({ by: 'sid', sid: claims.sid }).catch(() => undefined)`,
    tests: databaseAway,
  },
  {
    rows: ['D-02', 'D-17'],
    breaks: 'A file that was removed or replaced is written to and read from all the same.',
    file: `${src}/adapters/sqlite/file-identity.ts`,
    find: 'for (const { path, device, inode } of this.#files) {',
    replace: 'for (const { path, device, inode } of this.#files.slice(9)) {',
    tests: databaseAway,
  },
  {
    rows: ['D-03'],
    breaks: 'A commit of which nobody knows whether it reached the disk is told as undone.',
    file: `${src}/adapters/sqlite/commit-queue.ts`,
    find: `unknown ? 'unknown' : 'nothing_happened'`,
    replace: `'nothing_happened'`,
    tests: databaseAway,
  },
  {
    rows: ['D-02'],
    breaks: 'On PostgreSQL a connection for writes that was lost is used on.',
    file: `${postgres}/commit-queue.ts`,
    find: 'if (this.#connection?.usable !== true) this.#connection = await this.#connect()',
    replace: 'this.#connection ??= await this.#connect()',
    tests: databaseAway,
  },
  {
    rows: ['D-03'],
    breaks: 'On PostgreSQL a commit of which nobody knows whether it arrived is told as undone.',
    file: `${postgres}/transaction.ts`,
    find: 'const isKnown = refused.reason instanceof StatementRefused',
    replace: 'const isKnown = true',
    tests: databaseAway,
  },
  {
    rows: ['D-17'],
    breaks: 'On PostgreSQL a session that cannot be read is told as one that is not there.',
    file: `${postgres}/postgres-storage.ts`,
    find: 'check: async (credential) => (await found.ask(credential))?.facts',
    replace: 'check: async (credential) => (await found.ask(credential).catch(() => undefined))?.facts',
    tests: databaseAway,
  },
]
