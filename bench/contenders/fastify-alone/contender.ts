import { fileURLToPath } from 'node:url'
import type { Contender } from '../../contender.ts'
import { runServer } from '../../running/run-server.ts'
import { bareHttp } from '../bare-http/contender.ts'

const program = fileURLToPath(import.meta.resolve('./server.ts'))

/** What the framework costs. */
export const fastifyAlone: Contender = {
  ...bareHttp,
  name: 'fastify-alone',
  title: 'Fastify alone, no work',
  install: async (wanted) => ({
    ...(await bareHttp.install(wanted)),
    start: () =>
      runServer({ args: [program], env: { BENCH_ANSWERS: wanted.answersFile }, nodeFlags: wanted.nodeFlags }),
  }),
}
