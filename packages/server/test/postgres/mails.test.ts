/** Several servers that send the mails of one database. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { steadyClock } from '../../src/adapters/system/clock.ts'
import { oweMail } from '../support/mails.ts'
import { startThreeNodes, type ThreeNodes } from '../support/postgres-nodes.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { TestSmtpServer } from '../support/test-smtp-server.ts'

let database: PostgresServer
let smtp: TestSmtpServer
beforeAll(async () => {
  database = await PostgresServer.start()
  smtp = await TestSmtpServer.start()
})
afterAll(async () => {
  await smtp[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function startNodes(sendsMailsByItself: boolean): Promise<ThreeNodes> {
  const name = await database.createDatabase('empty')
  const { environment } = smtp
  return startThreeNodes({
    databaseUrl: database.url(name),
    clocks: [steadyClock, steadyClock, steadyClock],
    environment,
    sendsMailsByItself,
  })
}

const recipients = () => smtp.received.flatMap(({ to }) => to).toSorted()

test('three servers that send at the same time send every mail once', async () => {
  smtp.received.splice(0)
  await using nodes = await startNodes(false)
  const owed = []
  for (let count = 0; count < 60; count += 1) owed.push(await oweMail(nodes.at(count).service))
  await Promise.all(nodes.all.map((node) => node.sendMailsNow()))
  expect(recipients()).toEqual(owed.map(({ recipient }) => recipient).toSorted())
  const sent = await nodes.at(0).service.storage.listMails({ state: 'sent', before: null, limit: 100 })
  expect(sent.map(({ attempts }) => attempts)).toEqual(Array(60).fill(1))
})

test('mails are sent by themselves, by whichever server has owed them, and once', async () => {
  smtp.received.splice(0)
  await using nodes = await startNodes(true)
  const owed = await Promise.all(nodes.all.map((node) => oweMail(node.service, 'approved')))
  await smtp.receives(owed.length)
  await Promise.all(nodes.all.map((node) => node.sendMailsNow()))
  expect(smtp.received).toHaveLength(3)
  expect(new Set(recipients()).size).toBe(3)
})

test('a mail that one server owed and did not send is sent by another', async () => {
  smtp.received.splice(0)
  await using nodes = await startNodes(false)
  const { recipient } = await oweMail(nodes.at(0).service)
  await nodes.at(1).sendMailsNow()
  expect(recipients()).toEqual([recipient])
})
