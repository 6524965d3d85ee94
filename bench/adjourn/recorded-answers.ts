import { writeFileSync } from 'node:fs'
import type { Contender, Installation } from '../contender.ts'
import { ask } from '../running/ask.ts'
import { readCredentials } from '../running/read-credentials.ts'
import { requestTemplate } from '../running/request-template.ts'

/** An answer to be given again and again, header for header and byte for byte. */
export interface RecordedAnswer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** By what was asked, method and path. */
export type RecordedAnswers = Readonly<Record<string, RecordedAnswer>>

const recorded = ['check', 'logout', 'logout-own-api'] as const

/** What every Node server adds by itself. */
const addedByNode = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding'])

/**
 * Writes down what Adjourn really answers, so that a server that only answers can send the same number of bytes.
 */
export async function recordAnswers(adjourn: Contender, installation: Installation, file: string): Promise<void> {
  const server = await installation.start()
  try {
    const answers: Record<string, RecordedAnswer> = {}
    const cookies = readCredentials(installation, 'cookie')
    for (const [index, workload] of recorded.entries()) {
      const request = adjourn.requests[workload]
      if (request === undefined) continue
      const credential = cookies[index] ?? ''
      const answer = await ask(server.port, requestTemplate(request, server.port, credential), credential)
      if (answer.status !== request.expect.status) {
        throw new Error(`Adjourn answered ${workload} with ${answer.status}:\n${answer.head}\n\n${answer.body}`)
      }
      answers[`${request.method} ${request.path}`] = {
        status: answer.status,
        headers: headersOf(answer.head),
        body: answer.body,
      }
    }
    writeFileSync(file, JSON.stringify(answers))
  } finally {
    await server.stop()
  }
}

function headersOf(head: string): RecordedAnswer['headers'] {
  return head
    .split('\r\n')
    .slice(1)
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const)
    .filter(([name]) => !addedByNode.has(name.toLowerCase()))
}
