import type { Mutant } from './mutant.ts'

const src = 'packages/server/src'
const domain = ['packages/server/src/domain/installation.test.ts']
const sqlite = ['packages/server/test/restore/sqlite.test.ts']
const postgres = ['packages/server/test/restore/postgres.test.ts']
const failover = ['packages/server/test/failover/failover.test.ts']

/** Breaks of what keeps a database from bringing sessions back. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['D-18'],
    breaks: 'The mark of a copy is not looked at.',
    file: `${src}/domain/installation.ts`,
    find: 'if (installation.copiedAt !== null) {',
    replace: 'if (installation.copiedAt === 0) {',
    tests: sqlite,
  },
  {
    rows: ['D-18'],
    breaks: 'A backup is not marked as a copy.',
    file: `${src}/adapters/sqlite/copy.ts`,
    find: 'ON CONFLICT (one) DO UPDATE SET copied_at = coalesce(copied_at, excluded.copied_at)',
    replace: 'ON CONFLICT (one) DO UPDATE SET copied_at = copied_at',
    tests: sqlite,
  },
  {
    rows: ['D-18'],
    breaks: 'A log that ends before the witness is taken for the newest.',
    file: `${src}/domain/installation.ts`,
    find: 'if (progress.n < witness.n) {',
    replace: 'if (progress.n < 0) {',
    tests: domain,
  },
  {
    rows: ['D-18'],
    breaks: 'Another chain of the same length is taken for the one that was seen.',
    file: `${src}/domain/installation.ts`,
    find: '(chain === undefined || Buffer.compare(chain, witness.chain) !== 0)',
    replace: 'chain === undefined',
    tests: domain,
  },
  {
    rows: ['D-18'],
    breaks: 'A file that comes without its witness is believed.',
    file: `${src}/domain/installation.ts`,
    find: 'installation === undefined || installation.copiedAt !== null || home !== null',
    replace: 'installation !== undefined || home !== null',
    tests: sqlite,
  },
  {
    rows: ['D-18'],
    breaks: 'Changes that ended nothing are not witnessed.',
    file: `${src}/domain/installation.ts`,
    find: 'if (progress.auditN < witness.auditN) {',
    replace: 'if (progress.auditN < 0) {',
    tests: sqlite,
  },
  {
    rows: ['D-18'],
    breaks: 'The witness is kept at starts and stops only.',
    file: `${src}/adapters/witness/lookout.ts`,
    find: 'if (this.#timer === undefined && !this.#isClosed) this.#arm()',
    replace: 'if (this.#timer !== undefined && !this.#isClosed) this.#arm()',
    tests: sqlite,
  },
  {
    rows: ['D-18'],
    breaks: 'A new epoch ends nothing.',
    file: `${src}/adapters/sqlite/installation.ts`,
    find: `const generation = decision === 'keep' ? null :`,
    replace: `const generation = decision !== null ? null :`,
    tests: sqlite,
  },
  {
    rows: ['D-18'],
    breaks: 'A new epoch ends nothing on PostgreSQL.',
    file: `${src}/adapters/postgres/installation.ts`,
    find: `const generation = decision === 'keep' ? null :`,
    replace: `const generation = decision !== null ? null :`,
    tests: postgres,
  },
  {
    rows: ['D-18'],
    breaks: 'A new epoch is one generation above the restored one, which the lost database had passed.',
    file: `${src}/domain/installation.ts`,
    find: 'Math.max(generation + 1, Math.floor(at / 1000))',
    replace: 'Math.max(generation + 1, at * 0)',
    tests: sqlite,
  },
  {
    rows: ['D-18'],
    breaks: 'A waiver ends everything all the same.',
    file: `${src}/adapters/postgres/installation.ts`,
    find: `const generation = decision === 'keep' ? null :`,
    replace: `const generation = decision === null ? null :`,
    tests: postgres,
  },
  {
    rows: ['D-18'],
    breaks: 'A half backup has the name of a whole one.',
    file: `${src}/adapters/backup/backup-file.ts`,
    find: `const partial = \`\${path}.partial\``,
    replace: 'const partial = path',
    tests: sqlite,
  },
  {
    rows: ['D-18'],
    breaks: 'After a loss whichever database is found is believed.',
    file: `${src}/adapters/postgres/postgres-storage.ts`,
    find: 'const { connection } = await openFitting(settings)',
    replace: 'const connection = await Connection.open(location, { ...patience, ...settings })',
    tests: postgres,
  },
  {
    rows: ['D-18'],
    breaks: 'A standby is believed whether commits waited for it or not.',
    file: `${src}/domain/installation.ts`,
    find: 'home.timeline > before.timeline && installation.synchronous && !recoveryTarget',
    replace: 'home.timeline > before.timeline && !recoveryTarget',
    tests: failover,
  },
  {
    rows: ['D-18'],
    breaks: 'That commits wait for a standby is remembered when they no longer do.',
    file: `${src}/adapters/postgres/installation.ts`,
    find: '(installation.synchronous ? !waits : isSeen)',
    replace: '!installation.synchronous && isSeen',
    tests: failover,
  },
  {
    rows: ['D-18'],
    breaks: 'Commits are answered before the standby has them.',
    file: `${src}/adapters/postgres/connection.ts`,
    find: `current_setting('synchronous_commit') AS synchronous_commit`,
    replace: `'on' || left(set_config('synchronous_commit', 'local', false), 0) AS synchronous_commit`,
    tests: failover,
  },
]
