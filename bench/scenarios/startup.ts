import { builtProgram } from '../adjourn/build.ts'
import type { Contender } from '../contender.ts'
import { adjournSqlite, adjournSqliteBuilt } from '../contenders/adjourn-sqlite/contender.ts'
import { bareHttp } from '../contenders/bare-http/contender.ts'
import { betterAuth } from '../contenders/better-auth/contender.ts'
import { fastifyAlone } from '../contenders/fastify-alone/contender.ts'
import { figuresOf } from '../load/process-figures.ts'
import { ask } from '../running/ask.ts'
import { readCredentials } from '../running/read-credentials.ts'
import { requestTemplate } from '../running/request-template.ts'
import type { Entry, Scenario } from './scenario.ts'

const sizes = { sessions: 100, known: 100 }
const startsInARound = 5

/** Goal 12. */
export const startup: Scenario = {
  name: 'startup',
  title: 'From the start of the process to its first answer, on an existing database',
  entries: [
    entry('adjourn-built', adjournSqliteBuilt(builtProgram), 'Adjourn, SQLite, compiled to JavaScript'),
    entry('adjourn-source', adjournSqlite, 'Adjourn, SQLite, from its source'),
    entry('bare-http', bareHttp, 'bare node:http'),
    entry('fastify-alone', fastifyAlone, 'Fastify alone'),
    entry('better-auth', betterAuth, 'better-auth, SQLite'),
  ],
}

function entry(key: string, contender: Contender, title: string): Entry {
  return {
    key,
    title,
    contender,
    sizes,
    measure: async ({ install }) => {
      const installation = await install(contender, sizes)
      const { check } = contender.requests
      if (check === undefined) throw new Error(`${contender.name} knows no check`)
      const credential = readCredentials(installation, check.credential)[0] ?? ''
      const times: number[] = []
      let rssBytes = 0
      for (let start = 0; start < startsInARound; start += 1) {
        const server = await installation.start()
        const readyAt = performance.now()
        const { status } = await ask(server.port, requestTemplate(check, server.port, credential), credential)
        times.push(server.readyMs + performance.now() - readyAt)
        rssBytes = figuresOf(server.pids).rssBytes
        await server.stop()
        if (status !== check.expect.status) throw new Error(`The first answer of ${contender.name} was ${status}`)
      }
      times.sort((one, other) => one - other)
      return { firstAnswerMs: times[Math.floor(times.length / 2)] ?? 0, idleRssMib: rssBytes / 2 ** 20 }
    },
  }
}
