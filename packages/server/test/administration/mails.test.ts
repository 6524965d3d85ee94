import { afterEach, beforeEach, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { auditOf, refusalOf } from '../support/answers.ts'
import { oweMail } from '../support/mails.ts'
import { day, minute } from '../support/manual-clock.ts'
import { signedInMember } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { TestSmtpServer } from '../support/test-smtp-server.ts'

let smtp: TestSmtpServer
let server: TestServer
beforeEach(async () => {
  smtp = await TestSmtpServer.start()
  server = await startTestServer({ environment: smtp.environment })
})
afterEach(async () => {
  await server.close()
  await smtp[Symbol.asyncDispose]()
})

const noMailbox = { at: 'recipient', code: 550, text: '5.1.1 No such mailbox' } as const
type Listed = { readonly mails: readonly Readonly<Record<string, unknown>>[]; readonly nextCursor?: string }
const list = async (query = '') => (await administer(server, 'GET', `/mails${query}`)).json<Listed>()
const retry = (id: number | string) => administer(server, 'POST', `/mails/${id}/retry`)

/** A mail that was given up. */
async function aFailedMail(kind: 'password_changed' | 'recovery' = 'password_changed') {
  const mail = await oweMail(server.service, kind)
  smtp.refusal = noMailbox
  await server.sendMailsNow()
  smtp.refusal = undefined
  return mail
}

test('mails are listed with what became of them, and nothing of what they say', async () => {
  const failed = await aFailedMail('recovery')
  const sent = await oweMail(server.service)
  await server.sendMailsNow()
  const waiting = await oweMail(server.service)
  const created = new Date(server.clock.now()).toISOString()
  const { mails } = await list()
  expect(mails).toEqual([
    {
      ...{ id: String(waiting.id), kind: 'password_changed', recipient: waiting.recipient, memberId: waiting.memberId },
      ...{ language: 'en', state: 'pending', attempts: 0, createdDate: created, nextAttemptDate: created },
    },
    {
      ...{ id: String(sent.id), kind: 'password_changed', recipient: sent.recipient, memberId: sent.memberId },
      ...{ language: 'en', state: 'sent', attempts: 1, createdDate: created, settledDate: created },
    },
    {
      ...{ id: String(failed.id), kind: 'recovery', recipient: failed.recipient, memberId: failed.memberId },
      ...{ language: 'en', state: 'failed', attempts: 1, createdDate: created, settledDate: created },
      lastFailure: 'The SMTP server answered 550 5.1.1 at RCPT TO',
    },
  ])
  const states = ['pending', 'sent', 'failed'].map(async (state) => (await list(`?state=${state}`)).mails)
  expect((await Promise.all(states)).flat()).toEqual(mails)
  expect(JSON.stringify(mails)).not.toContain(failed.parameters['challenge'])
})

test('more than a hundred mails are listed page by page', async () => {
  for (let count = 0; count < 101; count += 1) await oweMail(server.service)
  const first = await list('?state=pending')
  expect(first.mails).toHaveLength(100)
  const second = await list(`?state=pending&cursor=${first.nextCursor}`)
  expect(second.mails).toHaveLength(1)
  expect(second).not.toHaveProperty('nextCursor')
  expect(new Set([...first.mails, ...second.mails].map(({ id }) => id)).size).toBe(101)
})

test('a mail that was given up is sent again once an administrator says so, which is on record', async () => {
  const { id, recipient, memberId } = await aFailedMail()
  server.clock.advance(day)
  const answer = await retry(id)
  expect([answer.status, answer.text]).toEqual([204, ''])
  expect((await list()).mails).toMatchObject([{ state: 'pending', attempts: 0 }])
  await server.sendMailsNow()
  expect(smtp.received.flatMap(({ to }) => to)).toEqual([recipient])
  const [record] = (await auditOf(server)).slice(-1)
  const requestId = answer.headers['x-wix-request-id']
  expect(record).toMatchObject({ event: 'mail.retried', memberId, actor: { kind: 'administrator' }, requestId })
})

test('a mail that waits, was sent, says what is of no use any more, or is not there is not sent again', async () => {
  const waiting = await oweMail(server.service)
  expect(refusalOf(await retry(waiting.id))).toBe('409 MAIL_NOT_FAILED')
  await server.sendMailsNow()
  expect(refusalOf(await retry(waiting.id))).toBe('409 MAIL_NOT_FAILED')
  const [link, news] = [await aFailedMail('recovery'), await aFailedMail()]
  server.clock.advance(20 * minute)
  expect(refusalOf(await retry(link.id))).toBe('409 MAIL_OUTDATED')
  server.clock.advance(7 * day)
  expect(refusalOf(await retry(news.id))).toBe('409 MAIL_OUTDATED')
  expect(refusalOf(await retry(999_999))).toBe('404 NOT_FOUND')
  await server.sendMailsNow()
  expect(smtp.received).toHaveLength(1)
})

test.each(['0', '-1', '1.5', 'one', '1'.repeat(16)])('no mail is called %s, nor a cursor', async (id) => {
  expect((await retry(id)).status).toBe(400)
  expect((await administer(server, 'GET', `/mails?cursor=${id}`)).status).toBe(400)
})

test('a state that is none is refused', async () => {
  expect(refusalOf(await administer(server, 'GET', '/mails?state=lost'))).toMatch(/^400 /)
})

test('nobody sees mails or has one sent without an administrator key', async () => {
  const { id } = await aFailedMail()
  const member = await signedInMember(server)
  for (const authorization of [member.accessToken, '']) {
    for (const [method, path] of [
      ['GET', '/mails'],
      ['POST', `/mails/${id}/retry`],
    ] as const) {
      const answer = await send(`${server.url}/admin/v1${path}`, { method, headers: { authorization } })
      expect(refusalOf(answer)).toBe('401 UNAUTHENTICATED')
    }
  }
  expect((await list('?state=failed')).mails).toHaveLength(1)
})
