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
]
