import type { Mutant } from './mutant.ts'

const src = 'packages/server/src'
const test = (name: string) => [`packages/server/test/${name}.test.ts`]

/** Breaks of what the operator's commands promise. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['D-21'],
    breaks: 'Any newer schema is refused, whether it breaks this version or not',
    file: `${src}/adapters/stored/migration.ts`,
    find: 'return known >= state.version || known >= state.oldestBeside',
    replace: 'return known >= state.version',
    tests: test('sqlite/adjacent-versions'),
  },
  {
    rows: ['D-21'],
    breaks: 'A prepared statement of a running node changes its result when a later version adds a column',
    file: `${src}/adapters/postgres/needs.ts`,
    find: "const codeColumns = columnsOfTable('authorization_code')",
    replace: "const codeColumns = '*'",
    tests: test('postgres/adjacent-versions'),
  },
  {
    rows: ['D-21'],
    breaks: 'A step that breaks running nodes is taken under them',
    file: `${src}/adapters/postgres/programs-at-work.ts`,
    find: "if (rows.every((row) => row['free'] === 1)) return",
    replace: "if (rows.every((row) => row['free'] !== undefined)) return",
    tests: test('postgres/adjacent-versions'),
  },
  {
    rows: ['D-21'],
    breaks: 'A node that comes back does not look what became of the schema',
    file: `${src}/adapters/postgres/programs-at-work.ts`,
    find: '  assertRunsBeside(await schemaState(connection), known)\n',
    replace: '',
    tests: test('postgres/adjacent-versions'),
  },
  {
    rows: ['D-04'],
    breaks: 'A move commits as it goes along',
    file: `${src}/adapters/postgres/move-target.ts`,
    find: 'await this.#connection.run(insert(rows))',
    replace: "await this.#connection.run(insert(rows))\n    await this.#connection.runSimple('COMMIT; BEGIN')",
    tests: test('moving/moving'),
  },
  {
    rows: ['D-03'],
    breaks: 'A move whose commit was not answered counts as not done',
    file: `${src}/adapters/postgres/move-target.ts`,
    find: "return !(error instanceof TransactionFailed) || error.outcome === 'nothing_happened'",
    replace: 'return !(error instanceof TransactionFailed) || error.outcome !== undefined',
    tests: test('moving/moving'),
  },
  {
    rows: ['D-03'],
    breaks: 'The file is marked after the commit only',
    file: `${src}/move-installation.ts`,
    find: '      source.setMark(mark)\n',
    replace: '',
    tests: test('moving/moving'),
  },
  {
    rows: ['A-04'],
    breaks: 'What the chain says is not looked at',
    file: `${src}/domain/revocation-log-check.ts`,
    find: 'return equal(head.chain, this.#chain) ? undefined',
    replace: 'return head.chain.length === 32 ? undefined',
    tests: test('moving/moving'),
  },
  {
    rows: [],
    breaks: 'Numbers of sessions and grants begin anew after a move',
    file: `${src}/move-installation.ts`,
    find: 'for (const { table, number } of source.highestNumbers()) await target.continueAfter(table, number)',
    replace: '',
    tests: test('moving/moving'),
  },
  {
    rows: [],
    breaks: 'What a move has left behind can be started',
    file: `${src}/adapters/sqlite/open-database.ts`,
    find: 'if (!evenIfMoved) assertNotMoved(held, path)',
    replace: '',
    tests: test('moving/moving'),
  },
  {
    rows: [],
    breaks: 'Going back to the file brings sessions back that have ended since',
    file: `${src}/move-installation.ts`,
    find: 'if (!keepSessions) {',
    replace: 'if (keepSessions) {',
    tests: test('moving/moving'),
  },
]
