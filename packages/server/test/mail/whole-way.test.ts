/** From the request that owes a mail to what the member does with it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { publicUrl, startHttpsServer } from '../support/https-server.ts'
import { password, registerMember } from '../support/members.ts'
import { logIn } from '../support/oauth-requests.ts'
import { recover, recoveryPath } from '../support/proofs.ts'
import { send } from '../support/send.ts'
import type { TestServer } from '../support/test-server.ts'
import { TestSmtpServer } from '../support/test-smtp-server.ts'

let smtp: TestSmtpServer
let server: TestServer
beforeAll(async () => {
  smtp = await TestSmtpServer.start()
  server = await startHttpsServer({ environment: smtp.environment })
})
afterAll(async () => {
  await server.close()
  await smtp[Symbol.asyncDispose]()
})

/** The text of the last mail to an address, as a mail program shows it. */
async function textTo(email: string): Promise<string> {
  await server.sendMailsNow()
  const mail = smtp.received.findLast(({ to }) => to.includes(email))
  const [, part = ''] = mail?.raw.split('Content-Type: text/plain') ?? []
  const [, encoded = ''] = part.split('\r\n\r\n')
  const body = part.slice(part.indexOf(encoded), part.indexOf('\r\n----'))
  return body
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number(`0x${hex}`)))
}

test('P-10: the link that arrives leads to the configured address, whatever host the request named, and does its work', async () => {
  const { email } = await registerMember(server)
  const forged = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
  await send(`${server.url}${recoveryPath}/send-email`, { headers: forged, json: { email } })
  const text = await textTo(email)
  expect(text).not.toContain('evil.example')
  const [link = ''] = /^https?:\S+$/m.exec(text) ?? []
  expect(link.startsWith(`${publicUrl}/recover?recoveryToken=adj_proof_`)).toBe(true)
  expect(text).toContain('The link is good for 20 minutes')

  const page = await send(link.replace(publicUrl, server.url))
  expect(page.status).toBe(200)
  const token = new URL(link).searchParams.get('recoveryToken') ?? ''
  expect((await recover(server, token, 'quite another passphrase')).status).toBe(200)
  const loginId = { email }
  expect((await logIn(server, { loginId, password })).status).toBe(401)
  expect((await logIn(server, { loginId, password: 'quite another passphrase' })).status).toBe(200)
  expect(await textTo(email)).toContain('a new password was chosen for your account')
})
