/** `node:http` and nothing else: it reads the request, looks at nothing, and answers what Adjourn would have answered. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { RecordedAnswers } from '../../adjourn/recorded-answers.ts'

const answers = new Map(
  Object.entries(JSON.parse(readFileSync(String(process.env['BENCH_ANSWERS']), 'utf8')) as RecordedAnswers).map(
    ([asked, { status, headers, body }]) => [asked, { status, headers: headers.flat(), body: Buffer.from(body) }],
  ),
)

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    const answer = answers.get(`${request.method} ${request.url}`)
    if (answer === undefined) response.writeHead(404).end()
    else response.writeHead(answer.status, answer.headers).end(answer.body)
  })
})
server.keepAliveTimeout = 72_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`listening on http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`)
})
process.on('SIGTERM', () => process.exit(0))
