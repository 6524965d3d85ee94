import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { makeKnownSessions } from '../../adjourn/known-sessions.ts'
import { adjournRequests } from '../../adjourn/requests.ts'
import type { Contender } from '../../contender.ts'
import { writeCredentials } from '../../running/data-directory.ts'
import { runServer } from '../../running/run-server.ts'

const program = fileURLToPath(import.meta.resolve('./server.ts'))

/** What is possible at all: the same requests and the same answers, and nothing done in between. */
export const bareHttp: Contender = {
  name: 'bare-http',
  title: 'bare node:http, no work',
  endsSessions: false,
  requests: adjournRequests,
  install: async ({ directory, known, answersFile, nodeFlags }) => {
    mkdirSync(directory, { recursive: true })
    return {
      credentials: writeCredentials(directory, { cookie: makeKnownSessions(known).map(({ secret }) => secret) }),
      start: () => runServer({ args: [program], env: { BENCH_ANSWERS: answersFile }, nodeFlags }),
    }
  },
}
