import type { Mutant } from './mutant.ts'

const src = 'packages/server/src'
const tests = (name: string) => [`packages/server/test/process/${name}.test.ts`]

/** Breaks that only a process of its own can show. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['D-05'],
    breaks: 'What has ended is forgotten with the process.',
    file: `${src}/adapters/sqlite/sqlite-storage.ts`,
    find: 'for (const row of ended.iterate() as Iterable<Row>) {',
    replace: 'for (const row of [] as Row[]) {',
    tests: tests('kill-loop'),
  },
  {
    rows: ['D-05'],
    breaks: 'On PostgreSQL what was decided is committed before the ends that go with it.',
    file: `${src}/adapters/postgres/changes.ts`,
    find: 'add(relies || seals, () => logLock)',
    replace: `for (const text of ['COMMIT', 'BEGIN']) add(relies || seals, () => ({ text, parameters: [] }))
    add(relies || seals, () => logLock)`,
    tests: ['packages/server/test/kill/every-statement.test.ts'],
  },
  {
    rows: ['D-21'],
    breaks: 'A signal to stop does not wait for what is in flight.',
    file: `${src}/stop-on-signal.ts`,
    find: 'close().then(',
    replace: 'Promise.resolve().then(',
    tests: tests('stop'),
  },
  {
    rows: ['D-21'],
    breaks: 'A stop has no patience with requests in flight.',
    file: `${src}/main.ts`,
    find: 'const stopWithinMs = 10_000',
    replace: 'const stopWithinMs = 0',
    tests: tests('stop-on-postgres'),
  },
  {
    rows: ['A-03'],
    breaks: 'Addresses are logged, with the tickets in them.',
    file: `${src}/http/app.ts`,
    find: 'route: request.routeOptions.url,',
    replace: 'route: request.raw.url,',
    tests: tests('secrets-in-output'),
  },
  {
    rows: ['A-03'],
    breaks: 'Lines of the log are written by hand.',
    file: `${src}/http/app.ts`,
    find: `'A request was answered',`,
    replace: `process.stderr.write(decodeURI(request.raw.url ?? '') + '\\n') ? 'A request was answered' : undefined,`,
    tests: tests('secrets-in-output'),
  },
]
