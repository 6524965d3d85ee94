import { afterEach, beforeEach, expect, test } from 'vitest'
import { FailingStorage } from '../support/failing-storage.ts'
import { oweMail } from '../support/mails.ts'
import { day, minute, second } from '../support/manual-clock.ts'
import { signedInMember } from '../support/members.ts'
import { changePassword } from '../support/oauth-requests.ts'
import { newServerDatabase } from '../support/server-database.ts'
import { startTestServer, type TestServer, type TestServerOptions } from '../support/test-server.ts'
import { TestSmtpServer } from '../support/test-smtp-server.ts'

let smtp: TestSmtpServer
const servers: TestServer[] = []
beforeEach(async () => {
  smtp = await TestSmtpServer.start()
})
afterEach(async () => {
  smtp.goOn()
  for (const server of servers.splice(0)) await server.close()
  await smtp[Symbol.asyncDispose]()
})

async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer({ ...options, environment: { ...smtp.environment, ...options.environment } })
  servers.push(server)
  return server
}

/** What is on record of a mail. */
const recordOf = async (server: TestServer, { id }: { readonly id: number }) =>
  server.service.storage.findMail(id as never)

test('a mail is handed to the SMTP server, as text and as HTML, and is settled', async () => {
  const server = await startServer()
  const owed = await oweMail(server.service)
  server.clock.advance(minute)
  await server.sendMailsNow()
  const [mail] = smtp.received
  expect(smtp.received).toHaveLength(1)
  expect([mail?.from, mail?.to]).toEqual(['no-reply@shop.example', [owed.recipient]])
  expect(mail?.header('from')).toBe('My site <no-reply@shop.example>')
  expect(mail?.header('to')).toBe(owed.recipient)
  expect(mail?.header('subject')).toBe('Your password for My site was changed')
  expect(mail?.header('date')).toBe('Thu, 15 Jan 2026 09:31:00 +0000')
  expect(mail?.header('message-id')).toBe(`<${server.service.siteId}.${owed.id}@shop.example>`)
  expect(mail?.header('auto-submitted')).toBe('auto-generated')
  expect(mail?.header('content-type')).toMatch(/^multipart\/alternative;/)
  expect(mail?.raw).toContain('Content-Type: text/plain; charset=utf-8')
  expect(mail?.raw).toContain('Content-Type: text/html; charset=utf-8')
  expect(mail?.raw).toContain('15 January 2026 at 09:30 (UTC)')
  const settled = { state: 'sent', attempts: 1, settledAt: server.clock.now(), nextAttemptAt: null }
  expect(await recordOf(server, owed)).toMatchObject(settled)
  await server.sendMailsNow()
  expect(smtp.received).toHaveLength(1)
})

test('a mail is sent by itself right after the commit that owes it', async () => {
  const server = await startServer({ sendsMailsByItself: true })
  const owed = await oweMail(server.service)
  await smtp.receives(1)
  expect(smtp.received[0]?.to).toEqual([owed.recipient])
})

test('what was owed before a start is sent by the start', async () => {
  await using database = await newServerDatabase()
  const before = await startTestServer({ database })
  const owed = await oweMail(before.service)
  await before.close()
  const after = await startServer({ database, sendsMailsByItself: true, clock: before.clock })
  await smtp.receives(1)
  expect(smtp.received[0]?.to).toEqual([owed.recipient])
  await after.close()
})

test('no answer waits for a mail: not while the SMTP server is silent, and not while it is away', async () => {
  const server = await startServer({ sendsMailsByItself: true })
  const members = [await signedInMember(server), await signedInMember(server)]
  smtp.hold()
  for (const member of members) {
    expect((await changePassword(server, member.accessToken, 'another long passphrase')).status).toBe(200)
  }
  // The server has taken both and not said so: nothing but the mails waits for it.
  await smtp.receives(2)
  const states = (await server.service.storage.listMails({ state: null, before: null, limit: 9 })).map(
    (each) => each.state,
  )
  expect(states).toEqual(['pending', 'pending'])
  smtp.goOn()
  await server.sendMailsNow()
  expect(smtp.received).toHaveLength(2)
  await smtp.goAway()
  const another = await signedInMember(server)
  expect((await changePassword(server, another.accessToken, 'another long passphrase')).status).toBe(200)
})

test('a recipient who is refused for good is not tried again', async () => {
  const server = await startServer()
  for (const at of ['recipient', 'data'] as const) {
    const owed = await oweMail(server.service)
    smtp.refusal = { at, code: 550, text: '5.1.1 No such mailbox' }
    await server.sendMailsNow()
    const where = at === 'recipient' ? 'RCPT TO' : 'DATA'
    const failed = { state: 'failed', attempts: 1, lastFailure: `The SMTP server answered 550 5.1.1 at ${where}` }
    expect(await recordOf(server, owed)).toMatchObject(failed)
    smtp.refusal = undefined
    server.clock.advance(day)
    await server.sendMailsNow()
    expect(smtp.received).toEqual([])
  }
})

test('a mail that is refused for now is tried again later, and not before', async () => {
  const server = await startServer()
  const owed = await oweMail(server.service)
  smtp.refusal = { at: 'recipient', code: 451, text: '4.3.0 Try later' }
  await server.sendMailsNow()
  const waiting = { state: 'pending', attempts: 1, lastFailure: 'The SMTP server answered 451 4.3.0 at RCPT TO' }
  expect(await recordOf(server, owed)).toMatchObject(waiting)
  smtp.refusal = undefined
  server.clock.advance(7 * second)
  await server.sendMailsNow()
  expect(smtp.received).toEqual([])
  server.clock.advance(6 * second)
  await server.sendMailsNow()
  expect(smtp.received).toHaveLength(1)
  expect(await recordOf(server, owed)).toMatchObject({ state: 'sent', attempts: 2, lastFailure: null })
})

test('while the SMTP server is away mails wait, and none is lost or sent twice once it is back', async () => {
  const server = await startServer()
  await smtp.goAway()
  const owed = []
  for (let count = 0; count < 12; count += 1) owed.push(await oweMail(server.service))
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await server.sendMailsNow()
    server.clock.advance(5 * minute)
  }
  for (const mail of owed) {
    expect(await recordOf(server, mail)).toMatchObject({
      state: 'pending',
      attempts: 5,
      lastFailure: expect.stringContaining('could not be spoken to'),
    })
  }
  await smtp.comeBack()
  server.clock.advance(30 * minute)
  await server.sendMailsNow()
  await server.sendMailsNow()
  const recipients = smtp.received.flatMap(({ to }) => to)
  expect(recipients.toSorted()).toEqual(owed.map(({ recipient }) => recipient).toSorted())
  for (const mail of owed) expect(await recordOf(server, mail)).toMatchObject({ state: 'sent', attempts: 6 })
})

test('a connection that is cut after use is opened anew for the next mail', async () => {
  const server = await startServer()
  await oweMail(server.service)
  await server.sendMailsNow()
  await smtp.goAway()
  await smtp.comeBack()
  await oweMail(server.service)
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await server.sendMailsNow()
    server.clock.advance(minute)
  }
  expect(smtp.received).toHaveLength(2)
})

test('a server that refuses the sender or the credentials costs no mail', async () => {
  const server = await startServer()
  const owed = await oweMail(server.service)
  smtp.refusal = { at: 'mail_from', code: 550, text: '5.7.1 Not you' }
  await server.sendMailsNow()
  const waiting = { state: 'pending', lastFailure: 'The SMTP server answered 550 5.7.1 at MAIL FROM' }
  expect(await recordOf(server, owed)).toMatchObject(waiting)

  await using guarded = await TestSmtpServer.start({ name: 'ada', password: 'a secret of the relay' })
  const [right, wrong] = ['a%20secret%20of%20the%20relay', 'guessed'].map(
    (word) => `smtp://ada:${word}@127.0.0.1:${guarded.port}`,
  )
  for (const [url = '', outcome] of [
    [wrong, { state: 'pending', lastFailure: 'The SMTP server answered 535 5.7.8 at AUTH PLAIN' }],
    [right, { state: 'sent' }],
  ] as const) {
    const other = await startServer({ environment: { ADJOURN_SMTP_URL: url } })
    const mail = await oweMail(other.service)
    await other.sendMailsNow()
    expect(await recordOf(other, mail)).toMatchObject(outcome)
    expect(other.log.join('')).not.toContain('a secret of the relay')
  }
  expect(guarded.received).toHaveLength(1)
})

test('a mail whose link or code is not good any more is not sent, and one that is tried too long is given up', async () => {
  const server = await startServer()
  const [code, news] = [await oweMail(server.service, 'verification_code'), await oweMail(server.service)]
  smtp.refusal = { at: 'data', code: 451, text: '4.7.1 Greylisted' }
  server.clock.advance(20 * minute)
  await server.sendMailsNow()
  expect(await recordOf(server, code)).toMatchObject({ state: 'failed', lastFailure: 'It was not sent in time' })
  expect(await recordOf(server, news)).toMatchObject({ state: 'pending' })
  for (let hours = 0; hours < 7 * 24; hours += 1) {
    server.clock.advance(60 * minute)
    await server.sendMailsNow()
  }
  expect(await recordOf(server, news)).toMatchObject({ state: 'failed', lastFailure: expect.stringContaining('451') })
  expect(smtp.received).toEqual([])
})

test('a mail that cannot be written holds up no other', async () => {
  const server = await startServer()
  const broken = await oweMail(server.service, 'recovery', { parameters: {} })
  const other = await oweMail(server.service)
  await server.sendMailsNow()
  expect(await recordOf(server, broken)).toMatchObject({ state: 'failed', lastFailure: 'It could not be written' })
  expect(smtp.received.flatMap(({ to }) => to)).toEqual([other.recipient])
})

test('a mail that was taken while the database was away is not sent again, however often it fails to be put on record', async () => {
  const storage = new FailingStorage()
  const server = await startServer({ decorateStorage: storage.decorate })
  const owed = await oweMail(server.service)
  storage.reject('nothing_happened', 'settleMails')
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await expect(server.sendMailsNow()).rejects.toMatchObject({ name: 'StorageUnavailable' })
    server.clock.advance(3 * minute)
  }
  storage.mend()
  await server.sendMailsNow()
  expect(await recordOf(server, owed)).toMatchObject({ state: 'sent' })
  expect(smtp.received).toHaveLength(1)
})

test('a mail whose taking was never put on record is sent once more after a new start, under the same Message-ID', async () => {
  await using database = await newServerDatabase()
  const storage = new FailingStorage()
  const first = await startServer({ database, decorateStorage: storage.decorate })
  const owed = await oweMail(first.service)
  storage.reject('nothing_happened', 'settleMails')
  await expect(first.sendMailsNow()).rejects.toMatchObject({ name: 'StorageUnavailable' })
  await first.close()

  const second = await startServer({ database, clock: first.clock })
  await second.sendMailsNow()
  expect(smtp.received).toHaveLength(1)
  second.clock.advance(2 * minute)
  await second.sendMailsNow()
  await second.sendMailsNow()
  expect(await recordOf(second, owed)).toMatchObject({ state: 'sent', attempts: 2 })
  const ids = smtp.received.map((mail) => mail.header('message-id'))
  expect(ids).toEqual([ids[0], ids[0]])
  await second.close()
})

test('at most ten mails are being sent at the same time, and one that takes long holds up no other', async () => {
  const server = await startServer()
  for (let count = 0; count < 25; count += 1) await oweMail(server.service)
  smtp.hold()
  const sent = server.sendMailsNow()
  await smtp.receives(5)
  const pending = await server.service.storage.listMails({ state: 'pending', before: null, limit: 100 })
  expect(pending.filter(({ attempts }) => attempts === 1)).toHaveLength(10)
  smtp.goOn()
  await sent
  expect(new Set(smtp.received.flatMap(({ to }) => to)).size).toBe(25)
  expect(smtp.received).toHaveLength(25)
})

test('a stop waits for the mail that is being sent, and begins no other', async () => {
  await using database = await newServerDatabase()
  const server = await startServer({ database })
  for (let count = 0; count < 20; count += 1) await oweMail(server.service)
  smtp.hold()
  const sent = server.sendMailsNow()
  await smtp.receives(5)
  const closed = server.close()
  smtp.goOn()
  await Promise.all([sent, closed])
  expect(smtp.received).toHaveLength(10)
  const after = await startTestServer({ database, clock: server.clock })
  const count = async (state: 'sent' | 'pending') =>
    (await after.service.storage.listMails({ state, before: null, limit: 100 })).length
  expect([await count('sent'), await count('pending')]).toEqual([10, 10])
  await after.close()
})

test.each([
  ['\r\nBcc: everybody@elsewhere.example\r\n\r\nBuy now', 'Bcc: everybody@elsewhere.example Buy now'],
  ['Shop\nX-Injected: 1', 'Shop X-Injected: 1'],
  ['"Shop" <a@b.example>', '"Shop" <a@b.example>'],
])('a site called %j puts no line and no address of its own into the header', async (displayName, shown) => {
  const branding = { displayName, color: '#123456', logoUrl: null }
  const server = await startServer({ siteSettings: { branding } })
  await oweMail(server.service)
  await server.sendMailsNow()
  const [mail] = smtp.received
  expect(mail?.to).toHaveLength(1)
  expect([mail?.header('bcc'), mail?.header('x-injected')]).toEqual(['', ''])
  expect(mail?.header('from')).toMatch(/<no-reply@shop\.example>$/)
  expect(decoded(mail?.header('subject'))).toBe(`Your password for ${shown} was changed`)
})

test('A-03: neither log nor database nor audit holds a link, a code or what a server says of them', async () => {
  const server = await startServer({ sendsMailsByItself: false })
  const [link, code] = [await oweMail(server.service, 'recovery'), await oweMail(server.service, 'verification_code')]
  const site = await server.service.storage.findSite()
  if (site === undefined) throw new Error('Cannot go on without a site')
  const secrets = [link, code].map((mail) => {
    const written = server.service.mailWriter.write(mail, site)
    return written.link?.split('=').at(1) ?? written.code ?? ''
  })
  expect(secrets).toEqual([expect.stringMatching(/^adj_proof_/), expect.stringMatching(/^\d{6}$/)])
  smtp.refusal = { at: 'data', code: 451, text: `4.7.1 Refused: ${secrets.join(' ')}` }
  await server.sendMailsNow()
  smtp.refusal = { at: 'data', code: 554, text: `5.7.1 Refused: ${secrets.join(' ')}` }
  server.clock.advance(minute)
  await server.sendMailsNow()
  expect(await recordOf(server, link)).toMatchObject({ state: 'failed' })
  const audit = JSON.stringify(await server.service.storage.readAudit(0, 1_000))
  for (const secret of secrets) {
    for (const where of [server.log.join(''), await server.contents.dump(), audit]) expect(where).not.toContain(secret)
  }
  expect(server.log.join('')).toContain('A mail was given up')
  expect(server.log.join('')).not.toContain(link.recipient)
})

/** A header with words that are encoded (RFC 2047), as it is read. */
function decoded(header = ''): string {
  return header
    .replaceAll('?= =?', '?==?')
    .replace(/=\?UTF-8\?Q\?(.*?)\?=/g, (_, word: string) =>
      decodeURIComponent(word.replaceAll('_', ' ').replaceAll('=', '%')),
    )
}
