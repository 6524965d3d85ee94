import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf } from '../support/answers.ts'
import { FailingStorage } from '../support/failing-storage.ts'
import { startHttpsServer } from '../support/https-server.ts'
import { oweMail } from '../support/mails.ts'
import { registerMember, signedInMember } from '../support/members.ts'
import { changePassword } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { TestSmtpServer } from '../support/test-smtp-server.ts'

interface ShownMail {
  readonly kind: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly link?: string
  readonly code?: string
}

const storage = new FailingStorage()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ decorateStorage: storage.decorate })
})
afterAll(() => server.close())

const look = (headers: Readonly<Record<string, string>> = {}) => send(`${server.url}/dev/mail`, { headers })
const mailsOf = async () => (await look()).json<{ mails: readonly ShownMail[] }>().mails

test('a mail is in the mailbox as soon as the call that owes it was answered', async () => {
  const member = await signedInMember(server)
  await changePassword(server, member.accessToken, 'another long passphrase')
  const answer = await look()
  expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store'])
  const [mail] = answer.json<{ mails: readonly ShownMail[] }>().mails
  expect(mail).toMatchObject({ kind: 'password_changed', to: member.email })
  expect(mail?.subject).toBe('Your password for My site was changed')
  expect(mail?.text).toContain('was changed by somebody who was signed in to it')
  expect(mail?.html).toContain('<!doctype html>')
  expect(mail).not.toHaveProperty('link')
  expect(mail).not.toHaveProperty('code')
})

test('a mail that brings a link or a code has it in a field of its own, as the service knows it', async () => {
  const [link, code] = [await oweMail(server.service, 'recovery'), await oweMail(server.service, 'verification_code')]
  const [ofCode, ofLink] = await mailsOf()
  const token = new URL(ofLink?.link ?? '').searchParams.get('recoveryToken') ?? ''
  expect(ofLink?.link).toBe(`${server.url}/recover?recoveryToken=${token}`)
  expect(server.service.proofs.readRecoveryToken(token)).toBe(link.parameters['challenge'])
  expect(server.service.proofs.isCode(code.parameters['challenge'] ?? '', 1, ofCode?.code ?? '')).toBe(true)
  expect([ofLink?.code, ofCode?.link]).toEqual([undefined, undefined])
})

test('the page shows mails as text, newest first, and runs nothing of them', async () => {
  const branding = { displayName: '<script>alert(1)</script>', color: '#123456', logoUrl: 'https://shop.example/x.png' }
  await using other = await startTestServer({ siteSettings: { branding } })
  const page = () => send(`${other.url}/dev/mailbox`)
  expect((await page()).text).toContain('There is none yet')
  await oweMail(other.service)
  const { recipient } = await oweMail(other.service, 'recovery')
  const { status, headers, text } = await page()
  expect(status).toBe(200)
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
  })
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
  expect(text).not.toMatch(/<script|<img|<iframe/)
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(text).toContain(recipient)
  expect(text).toMatch(new RegExp(`<a href="${other.url}/recover\\?recoveryToken=adj_proof_[^"]+">`))
  expect(text.indexOf('Choose a new password')).toBeLessThan(text.indexOf('Your password for'))
})

test.each(['evil.example', 'evil.example:8787', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1'])(
  'nobody looks into the mailbox under the name %j',
  async (host) => {
    expect(refusalOf(await look({ host }))).toBe('403 PERMISSION_DENIED')
    const page = await send(`${server.url}/dev/mailbox`, { headers: { host } })
    expect(page.status).toBe(403)
    expect(page.text).not.toContain('@member.example')
  },
)

test.each(['localhost', 'LOCALHOST:1', '127.0.0.2:8787', '[::1]:8787'])(
  'under the name %s it is looked into',
  async (host) => {
    expect((await look({ host })).status).toBe(200)
  },
)

test('a script of another site cannot read the mailbox', async () => {
  const answer = await look({ origin: 'https://evil.example' })
  expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
})

test('there is no mailbox where the server is reached from elsewhere, and mails wait', async () => {
  await using other = await startHttpsServer()
  await registerMember(other)
  await oweMail(other.service)
  await other.sendMailsNow()
  for (const path of ['/dev/mail', '/dev/mailbox']) expect((await send(other.url + path)).status).toBe(404)
  expect(other.mailboxUrl).toBeNull()
  expect(await other.service.storage.listMails({ state: null, before: null, limit: 9 })).toMatchObject([
    { state: 'pending', attempts: 0 },
  ])
  expect(other.log.join('')).toContain('No mail is sent, as ADJOURN_SMTP_URL is not set')
})

test('there is no mailbox where the server listens beyond its machine, whatever it is called', async () => {
  await using other = await startTestServer({
    environment: { ADJOURN_HOST: '0.0.0.0', ADJOURN_BASE_URL: 'http://localhost:8787' },
  })
  expect(other.mailboxUrl).toBeNull()
  expect(other.service.mailer).toBeNull()
})

test('there is no mailbox where mails are sent', async () => {
  await using smtp = await TestSmtpServer.start()
  await using other = await startTestServer({ environment: smtp.environment })
  for (const path of ['/dev/mail', '/dev/mailbox']) expect((await send(other.url + path)).status).toBe(404)
  expect(other.mailboxUrl).toBeNull()
})

test('without its database the mailbox says so, and does not look empty', async () => {
  for (const method of ['leaseMails', 'listMails', 'settleMails'] as const) {
    await oweMail(server.service)
    storage.reject('nothing_happened', method)
    expect(refusalOf(await look())).toBe('503 SERVICE_UNAVAILABLE')
    storage.mend()
  }
})
