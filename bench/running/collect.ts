import type { CredentialKind, Installation, Request } from '../contender.ts'
import { Connection } from '../load/connection.ts'
import { askOn } from './ask.ts'
import type { Part } from './measure-load.ts'
import { readCredentials } from './read-credentials.ts'
import { requestTemplate } from './request-template.ts'
import type { RunningServer } from './run-server.ts'

/**
 * Sends a request for each of some sessions' credentials and gives what was found in the answers, in their order.
 *
 * @param part - The sessions; where it reaches past the last of them, those that there are.
 * @param find - Looks into the body of an answer; an answer in which it finds nothing is an error.
 */
export async function collect(
  { installation, server }: { readonly installation: Installation; readonly server: RunningServer },
  request: Request,
  part: Part,
  find: (body: string) => string | undefined,
): Promise<readonly string[]> {
  const kind: CredentialKind = request.credential
  const credentials = readCredentials(installation, kind).slice(part.from, part.to)
  const template = requestTemplate(request, server.port, credentials[0] ?? '')
  const found: string[] = []
  let next = 0
  const work = async () => {
    const connection = await Connection.open(server.port)
    for (let index = next++; index < credentials.length; index = next++) {
      const { status, body } = await askOn(connection, template, credentials[index] ?? '')
      const value = find(body)
      if (value === undefined) throw new Error(`Nothing was found in the answer ${status} ${body}`)
      found[index] = value
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: 32 }, work))
  return found
}
