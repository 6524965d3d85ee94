/**
 * Logs sessions out, and as soon as each logout is answered sends requests with the same session's credentials on other
 * connections: none may be accepted. Reads a plan from standard input and writes what was found to standard output.
 */
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { Answer } from './answer-reader.ts'
import { Connection } from './connection.ts'

export interface AfterLogoutPlan {
  readonly port: number
  /** Where the requests after the logout are sent: to the same process or to another of the service. */
  readonly portAfterwards: number
  readonly logout: Attempt
  /** What is sent after each logout, all at once. */
  readonly attempts: readonly Attempt[]
  /** Sessions that are logged out at the same time. */
  readonly groups: number
  readonly from: number
  readonly to: number
  /** Ends once there were so many attempts, or nobody is left. */
  readonly enough: number
}

export interface Attempt {
  readonly template: string
  readonly credentialsFile: string
  /** The answer to a logout; the only answer that is a refusal, for what is sent after it. */
  readonly status: number
}

export interface AfterLogoutFigures {
  readonly logouts: number
  readonly attempts: number
  readonly accepted: number
  /** Neither a refusal nor an acceptance that can be told: the measurement is worth nothing. */
  readonly unclear: number
  readonly example: string | null
  readonly seconds: number
}

const plan = JSON.parse(await text(process.stdin)) as AfterLogoutPlan
const files = new Map<string, readonly string[]>()
let next = plan.from
let logouts = 0
let attempts = 0
let accepted = 0
let unclear = 0
let example: string | null = null
const begun = performance.now()

await Promise.all(Array.from({ length: plan.groups }, runGroup))
const figures: AfterLogoutFigures = {
  logouts,
  attempts,
  accepted,
  unclear,
  example,
  seconds: (performance.now() - begun) / 1000,
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
process.exit(0)

async function runGroup(): Promise<void> {
  const leaving = await Connection.open(plan.port)
  const others = await Promise.all(plan.attempts.map(() => Connection.open(plan.portAfterwards)))
  while (next < plan.to && attempts < plan.enough) {
    const session = next
    next += 1
    const answer = await send(leaving, plan.logout, session)
    if (answer.status !== plan.logout.status) {
      unclear += 1
      example ??= answer.text
      continue
    }
    logouts += 1
    await Promise.all(
      plan.attempts.map(async (attempt, index) => {
        const connection = others[index]
        if (connection === undefined) return
        const after = await send(connection, attempt, session)
        attempts += 1
        if (after.status === attempt.status) return
        if (after.status === 200) accepted += 1
        else unclear += 1
        example ??= after.text
      }),
    )
  }
}

function send(
  connection: Connection,
  { template, credentialsFile }: Attempt,
  session: number,
): Promise<{ readonly status: number; readonly text: string }> {
  const request = template.replace('{credential}', credentialsOf(credentialsFile)[session] ?? '')
  return new Promise((resolve, reject) => {
    connection.onLost(reject)
    connection.send(Buffer.from(request, 'latin1'), ({ status, head, body }: Answer) =>
      resolve({ status, text: status === plan.logout.status ? '' : `${head}\n\n${body.toString('utf8')}` }),
    )
  })
}

function credentialsOf(file: string): readonly string[] {
  const read = files.get(file) ?? readFileSync(file, 'latin1').split('\n')
  files.set(file, read)
  return read
}
