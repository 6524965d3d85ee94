import { afterEach, expect, test } from 'vitest'
import { emulatorAdministratorKey } from '../../src/emulator/fixed-values.ts'
import { administer } from '../support/administer.ts'
import { oweMail } from '../support/mails.ts'
import { registerMember } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestEmulator, type TestEmulator } from '../support/test-emulator.ts'

let emulator: TestEmulator
afterEach(() => emulator.close())

const mailsOf = async () =>
  (await send(`${emulator.url}/dev/mail`)).json<{ mails: readonly Readonly<Record<string, string>>[] }>().mails

const ask = (method: string, path: string) => administer(emulator, method, path, undefined, emulatorAdministratorKey)
const block = (memberId: string) => ask('POST', `/members/${memberId}/block`)

test('mails are in the mailbox of an emulator, and in its log with recipient, kind, link and code', async () => {
  emulator = await startTestEmulator()
  await oweMail(emulator.service, 'recovery')
  await oweMail(emulator.service, 'verification_code')
  const [code, link] = await mailsOf()
  expect(link?.['link']).toContain('/recover?recoveryToken=adj_proof_')
  expect(code?.['code']).toMatch(/^\d{6}$/)
  const arrived = emulator.log.filter((line) => line.includes('A mail arrived in the mailbox'))
  expect(arrived.map((line) => JSON.parse(line))).toMatchObject([
    { kind: 'recovery', recipient: link?.['to'], link: link?.['link'] },
    { kind: 'verification_code', recipient: code?.['to'], code: code?.['code'] },
  ])
})

test('while mail is down nothing arrives and nothing else fails, and once it is up what waited arrives in its time', async () => {
  emulator = await startTestEmulator()
  expect(await emulator.tell('faults', { mail: 'down' })).toMatchObject({ database: 'up', mail: 'down' })
  const { memberId, email } = await registerMember(emulator)
  expect((await block(memberId)).status).toBe(200)
  expect(await mailsOf()).toEqual([])
  const waiting = (await ask('GET', '/mails?state=pending')).json<{ mails: readonly unknown[] }>()
  expect(waiting.mails).toMatchObject([{ attempts: 1, lastFailure: 'The emulator was told that mail is down' }])

  await emulator.tell('faults', { mail: 'up' })
  expect(await mailsOf()).toEqual([])
  await emulator.tell('clock', { stepMs: 60_000 })
  expect(await mailsOf()).toMatchObject([{ to: email, kind: 'sessions_ended' }])
})

test('a fault of mail that is none is refused', async () => {
  emulator = await startTestEmulator()
  for (const mail of ['slow', 1, { at: 'once' }]) expect((await emulator.ask('faults', { mail })).status).toBe(400)
  expect(await emulator.look('faults')).toMatchObject({ mail: 'up' })
})

test('a reset empties the mailbox and mends mail, and what waited never arrives', async () => {
  emulator = await startTestEmulator()
  const { memberId } = await registerMember(emulator)
  await block(memberId)
  expect(await mailsOf()).toHaveLength(1)
  await emulator.tell('faults', { mail: 'down' })
  await block((await registerMember(emulator)).memberId)
  await emulator.tell('reset')
  expect(await emulator.look('faults')).toMatchObject({ mail: 'up' })
  await emulator.tell('clock', { stepMs: 60_000 })
  expect(await mailsOf()).toEqual([])
  await block((await registerMember(emulator)).memberId)
  expect(await mailsOf()).toHaveLength(1)
})
