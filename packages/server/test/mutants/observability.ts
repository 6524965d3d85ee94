import type { Mutant } from './mutant.ts'

const src = 'packages/server/src'
const tests = (...names: readonly string[]) => names.map((name) => `packages/server/test/observability/${name}.test.ts`)

/** Breaks of what is counted, told and traced. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['A-06'],
    breaks: 'the age of what is owed is that of the newest and not of the oldest',
    file: `${src}/adapters/stored/owed-duties.ts`,
    find: `SELECT kind AS channel, 'pending' AS state, count(*) AS duties, min(created_at) AS since`,
    replace: `SELECT kind AS channel, 'pending' AS state, count(*) AS duties, max(created_at) AS since`,
    tests: ['packages/server/test/sqlite-conformance.test.ts'],
  },
  {
    rows: ['A-06'],
    breaks: 'what was delivered counts as owed',
    file: `${src}/adapters/stored/owed-duties.ts`,
    find: `FROM notice WHERE state = 'pending' GROUP BY kind`,
    replace: `FROM notice WHERE state <> 'failed' GROUP BY kind`,
    tests: tests('alerts'),
  },
  {
    rows: ['A-06'],
    breaks: 'the alert waits for an hour',
    file: 'docs/observability/alerts.yml',
    find: 'expr: max by (channel) (adjourn_duty_oldest_age_seconds) > 300',
    replace: 'expr: max by (channel) (adjourn_duty_oldest_age_seconds) > 3600',
    tests: tests('alerts'),
  },
  {
    rows: ['A-06'],
    breaks: 'the age of what is owed is in milliseconds, by a clock of its own',
    file: `${src}/adapters/metrics/database-samples.ts`,
    find: 'const now = storage.clock.now()',
    replace: 'const now = Date.now()',
    tests: tests('alerts'),
  },
  {
    rows: ['A-06'],
    breaks: 'a commit that fails is not told',
    file: `${src}/adapters/sqlite/commit-queue.ts`,
    find: `    this.#tell(waiting, performance.now() - begun, attempt)\n`,
    replace: `    if (attempt.state === 'committed') this.#tell(waiting, performance.now() - begun, attempt)\n`,
    tests: tests('metrics'),
  },
  {
    rows: ['A-06'],
    breaks: 'without the database there are no metrics',
    file: `${src}/adapters/metrics/database-samples.ts`,
    find: `  } catch {\n`,
    replace: `  } catch (error) {\n    if (error !== undefined) throw error\n`,
    tests: tests('metrics'),
  },
  {
    rows: ['A-03'],
    breaks: 'requests are counted by the address that they asked for',
    file: `${src}/http/wire/measure-requests.ts`,
    find: `unrouted.answered(reply.raw.statusCode, reply.elapsedTime)`,
    replace: `measurements.requestsOf('any', String(reply.request.raw.url)).answered(reply.raw.statusCode, reply.elapsedTime)`,
    tests: tests('cardinality'),
  },
  {
    rows: ['A-03'],
    breaks: 'refusals are counted by what they say',
    file: `${src}/http/errors/render.ts`,
    find: 'request.server.measurements.refused(code, because)',
    replace:
      'request.server.measurements.refused(code, because ?? answer.description + String(request.headers.authorization))',
    tests: tests('cardinality'),
  },
  {
    rows: ['A-03'],
    breaks: 'spans are named by the address that was asked for',
    file: `${src}/http/wire/trace-requests.ts`,
    find: 'route: config.countedAs ?? url,',
    replace: 'route: request.raw.url ?? url,',
    tests: tests('traces'),
  },
  {
    rows: ['A-06'],
    breaks: 'a worker that is asked answers for itself alone',
    file: `${src}/workers/supervise.ts`,
    find: 'const workers = this.#places.filter(({ worker }) => worker?.connected === true)',
    replace: 'const workers = [asker]',
    tests: ['packages/server/test/process/workers.test.ts'],
  },
]
