/** What members find in their mail, and what they do with it. */
import type { ChallengeId } from '../../src/domain/ids.ts'
import type { MailKind } from '../../src/domain/mail.ts'
import type { KeptMail } from '../../src/ports/storage.ts'
import { type Received, type Sent, send } from './send.ts'
import type { TestServer } from './test-server.ts'

/** Mails to an address, the newest first. */
export async function mailsTo(
  server: TestServer,
  email: string,
  ...kinds: readonly MailKind[]
): Promise<readonly KeptMail[]> {
  const mails = await server.service.storage.listMails({ state: null, before: null, limit: 1000 })
  return mails.filter(
    ({ recipient, kind }) => recipient === email.toLowerCase() && (kinds.length === 0 || kinds.includes(kind)),
  )
}

/** The token in the newest link that was mailed to an address. */
export async function mailedToken(server: TestServer, email: string): Promise<string> {
  const [mail] = await mailsTo(server, email, 'recovery', 'activation', 'already_registered')
  if (mail === undefined) throw new Error(`No link was mailed to ${email}`)
  return server.service.proofs.recoveryToken(mail.parameters['challenge'] ?? '')
}

/** The newest code that was mailed to an address. */
export async function mailedCode(server: TestServer, email: string): Promise<string> {
  const [mail] = await mailsTo(server, email, 'verification_code')
  if (mail === undefined) throw new Error(`No code was mailed to ${email}`)
  const { challenge = '', codesSent } = mail.parameters
  return server.service.proofs.code(challenge, Number(codesSent))
}

/** A code that is not the one given. */
export function anotherCode(code: string): string {
  return code === '000000' ? '000001' : '000000'
}

export const recoveryPath = '/_api/iam/recovery/v1'
export const verificationPath = '/_api/iam/verification/v1'

/** Asks for a link; fails unless that is answered with success. */
export async function askForLink(
  server: TestServer,
  email: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const answer = await send(`${server.url}${recoveryPath}/send-email`, { json: { email, ...more } })
  if (answer.status !== 200 || answer.text !== '{}') throw new Error(`No link: ${answer.status} ${answer.text}`)
  return mailedToken(server, email)
}

export function recover(
  server: TestServer,
  recoveryToken: string,
  password?: string | null,
  sent: Sent = {},
): Promise<Received> {
  return send(`${server.url}${recoveryPath}/recover`, { ...sent, json: { recoveryToken, password } })
}

export function verify(server: TestServer, stateToken: string, code: string, sent: Sent = {}): Promise<Received> {
  return send(`${server.url}${verificationPath}/auth/verify`, { ...sent, json: { code, stateToken } })
}

export function resend(server: TestServer, stateToken: string): Promise<Received> {
  return send(`${server.url}${verificationPath}/auth/resend`, { json: { stateToken } })
}

/** Why something was refused, as `400 INVALID_RECOVERY_TOKEN used`. */
export function becauseOf(answer: Received): string {
  const { code, data } = answer.json<{ details: { applicationError: { code: string; data: { because?: string } } } }>()
    .details.applicationError
  return `${answer.status} ${code} ${data.because ?? ''}`.trim()
}

/** The challenge behind a token. */
export function challengeIn(server: TestServer, token: string): ChallengeId {
  const { proofs } = server.service
  const id = proofs.readRecoveryToken(token) ?? proofs.readStateToken(token)
  if (id === undefined) throw new Error('The token is not one of ours')
  return id as ChallengeId
}
