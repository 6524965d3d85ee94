import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the verifier is asked, as it arrives. */
export interface VerifierQuestion {
  readonly method: string | undefined
  readonly contentType: string | undefined
  readonly form: URLSearchParams
}

export interface SiteverifyServer extends AsyncDisposable {
  readonly url: string
  /** Everything that it was asked so far. */
  readonly questions: readonly VerifierQuestion[]
  /** From now on it answers otherwise than by the tokens. */
  answerWith(answer: (response: ServerResponse) => void): void
  /** It answers by the tokens again. */
  mend(): void
}

export const captchaSecret = 'a-secret-of-the-provider'

/**
 * A server on this machine that verifies captchas as the providers do: a token `solved…` is good once, by the secret that all
 * tests share.
 */
export async function startSiteverifyServer(): Promise<SiteverifyServer> {
  const questions: VerifierQuestion[] = []
  const spent = new Set<string>()
  let special: ((response: ServerResponse) => void) | undefined
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString())
      questions.push({ method: request.method, contentType: request.headers['content-type'], form })
      if (special !== undefined) return special(response)
      const token = form.get('response') ?? ''
      const problem = problemOf(form.get('secret'), token, spent)
      spent.add(token)
      sendJson(response, problem === undefined ? { success: true } : { success: false, 'error-codes': [problem] })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/siteverify`,
    questions,
    answerWith: (answer) => {
      special = answer
    },
    mend: () => {
      special = undefined
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function sendJson(response: ServerResponse, message: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(message))
}

function problemOf(secret: string | null, token: string, spent: ReadonlySet<string>): string | undefined {
  if (secret !== captchaSecret) return 'invalid-input-secret'
  if (!token.startsWith('solved')) return 'invalid-input-response'
  return spent.has(token) ? 'timeout-or-duplicate' : undefined
}
