import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import { PostgresServer } from './postgres-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where to ask for the port of the PostgreSQL server that the files of a run share. */
    readonly sharedPostgres: string
  }
}

/**
 * Starts one PostgreSQL server for all files of a run that want no more of it than databases, when the first of them asks:
 * most runs are of a few files that need none.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<PostgresServer> | undefined
  const desk = createServer(async (_request, response) => {
    const { postgresPrograms: programs } = project.getProvidedContext()
    starting ??= PostgresServer.start({}, { programs, isShared: true })
    try {
      response.end(String((await starting).port))
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  await new Promise<void>((resolve) => desk.listen(0, '127.0.0.1', resolve))
  const address = desk.address()
  if (address === null || typeof address === 'string') throw new Error('No port is free')
  project.provide('sharedPostgres', `http://127.0.0.1:${address.port}`)
  return async () => {
    desk.close()
    await (await starting?.catch(() => undefined))?.[Symbol.asyncDispose]()
  }
}
