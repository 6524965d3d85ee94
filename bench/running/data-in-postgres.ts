import { basename } from 'node:path'
import type postgres from 'postgres'
import type { Installation, Wanted } from '../contender.ts'
import { type Credentials, onlyOnce } from './data-directory.ts'
import type { PostgresCluster } from './postgres-cluster.ts'
import { type RunningServer, runServer } from './run-server.ts'

/** What a contender says of itself whose data is a database of PostgreSQL. */
export interface DatabaseBased {
  readonly program: readonly string[]
  /** The environment of a server whose data is there. */
  environment(url: string): Readonly<Record<string, string>>
  /** Fills a database on which the server was started once, so that its schema is there. */
  seed(sql: postgres.Sql): Promise<Credentials>
  /** Done to every copy before a server is started on it. */
  freshen?(sql: postgres.Sql, url: string): Promise<void>
  /** How many processes serve; one unless told. */
  readonly processes?: number
}

/** Sets such a contender up. */
export async function installInPostgres(
  { directory, postgres, nodeFlags }: Wanted,
  contender: DatabaseBased,
): Promise<Installation> {
  const cluster = await postgres()
  const template = basename(directory).replaceAll('-', '_')
  const credentials = await onlyOnce(directory, async () => {
    await cluster.dropDatabase(template)
    await cluster.createDatabase(template)
    const first = await runServer({
      args: contender.program,
      env: contender.environment(cluster.url(template)),
      nodeFlags: [],
    })
    await first.stop()
    return within(cluster, template, (sql) => contender.seed(sql))
  })
  const copy = `${template}_copy`
  return {
    credentials,
    start: async (more = {}) => {
      // Of a run that was killed.
      await cluster.dropDatabase(copy)
      await cluster.createDatabase(copy, template)
      await within(cluster, copy, async (sql) => {
        await contender.freshen?.(sql, cluster.url(copy))
        await sql.unsafe('VACUUM (ANALYZE)')
      })
      await cluster.settle()
      const servers: RunningServer[] = []
      for (let started = 0; started < (contender.processes ?? 1); started += 1) {
        servers.push(
          await runServer({
            args: contender.program,
            env: { ...contender.environment(cluster.url(copy)), ...more },
            nodeFlags,
            otherPids: started === 0 ? cluster.pids : [],
          }),
        )
      }
      return together(servers, () => cluster.dropDatabase(copy))
    },
  }
}

function together(servers: readonly RunningServer[], afterwards: () => Promise<void>): RunningServer {
  const [first, ...others] = servers
  if (first === undefined) throw new RangeError('A contender needs at least one process')
  return {
    ...first,
    otherPorts: others.map(({ port }) => port),
    pids: servers.flatMap(({ pids }) => pids),
    stop: async () => {
      for (const server of servers) await server.stop()
      await afterwards()
    },
  }
}

async function within<T>(
  cluster: PostgresCluster,
  database: string,
  work: (sql: postgres.Sql) => Promise<T>,
): Promise<T> {
  const sql = cluster.open(database)
  try {
    return await work(sql)
  } finally {
    // A template must have nobody in it when it is copied.
    await sql.end({ timeout: 5 })
  }
}
