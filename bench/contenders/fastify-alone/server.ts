/** Fastify and nothing else: the same answers as the bare server, by the framework that Adjourn uses. */
import { readFileSync } from 'node:fs'
import { fastify } from 'fastify'
import type { RecordedAnswers } from '../../adjourn/recorded-answers.ts'

const answers = JSON.parse(readFileSync(String(process.env['BENCH_ANSWERS']), 'utf8')) as RecordedAnswers
const app = fastify({ keepAliveTimeout: 72_000 })
app.removeContentTypeParser('application/json')
app.addContentTypeParser('application/json', { parseAs: 'string' }, async () => ({}))
for (const [asked, { status, headers, body }] of Object.entries(answers)) {
  const [method = '', url = ''] = asked.split(' ')
  app.route({
    method,
    url,
    handler: async (_request, reply) => {
      reply.code(status)
      for (const [name, value] of headers) reply.header(name, value)
      return reply.send(body)
    },
  })
}
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`listening on ${url}\n`)
process.on('SIGTERM', () => process.exit(0))
