/**
 * The load generator: a process of its own, so that it can have a core of its own. Reads a plan from standard input, puts
 * the load on the server, and writes the figures to standard output.
 *
 * All requests are made before the first is sent.
 */
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { Connection } from './connection.ts'
import { Load } from './load.ts'
import type { LoadPlan } from './plan.ts'

const plan = JSON.parse(await text(process.stdin)) as LoadPlan
const requests = makeRequests(plan)
const { ports } = plan
const connections = await Promise.all(
  Array.from({ length: plan.connections }, (_, index) => Connection.open(ports[index % ports.length] ?? 0)),
)
const figures = await new Load(plan, requests, connections).run()
process.stdout.write(`${JSON.stringify(figures)}\n`)
for (const connection of connections) connection.close()

function makeRequests({ template, credentialsFile, from, to }: LoadPlan): readonly Buffer[] {
  const [before = '', after, ...more] = template.split('{credential}')
  if (after === undefined || more.length > 0) throw new Error('The request must hold {credential} exactly once')
  return readFileSync(credentialsFile, 'latin1')
    .split('\n')
    .slice(from, to)
    .map((credential) => Buffer.from(`${before}${credential}${after}`, 'latin1'))
}
