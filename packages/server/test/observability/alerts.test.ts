import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { minute, second } from '../support/manual-clock.ts'
import { authorizeWithTicket, exchange, registerMember } from '../support/members.ts'
import { readMetrics } from '../support/metrics.ts'
import { recoveryPath } from '../support/proofs.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { TestSmtpServer } from '../support/test-smtp-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

/** The rules as an operator would load them. */
const rules = readFileSync(fileURLToPath(new URL('../../../../docs/observability/alerts.yml', import.meta.url)), 'utf8')

/** Metric and threshold of a rule of the form `max by (channel) (metric) > number`, and how long it has to hold. */
function ruleOf(alert: string) {
  const rule = rules.split('- alert: ').find((text) => text.startsWith(`${alert}\n`)) ?? ''
  const [, metric = '', threshold = ''] = /expr: max by \(channel\) \((\w+)\) > (\d+)\n/.exec(rule) ?? []
  return { metric, threshold: Number(threshold), holds: /\n\s+for: /.test(rule) }
}

test('A-06: the alert fires when the oldest duty is older than five minutes, and clears with its delivery', async () => {
  const { metric, threshold, holds } = ruleOf('AdjournDutyOverdue')
  expect([metric, threshold, holds]).toEqual(['adjourn_duty_oldest_age_seconds', 300, false])
  const firing = async () => {
    const reading = await readMetrics(server)
    return Array.from(reading).flatMap(([series, value]) =>
      series.startsWith(metric) && value > threshold ? [series] : [],
    )
  }

  const client = await server.addClient({ backchannelLogoutUri: 'https://shop.example/backchannel' })
  const { sessionToken } = await registerMember(server)
  const { code } = await authorizeWithTicket(server, sessionToken, { client })
  const { accessToken } = await exchange(server, code, client)
  await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
  expect((await server.contents.notices()).map(({ state }) => state)).toEqual(['pending'])

  // Nobody delivers: the receiver might as well be away.
  await server.quiet()
  server.clock.advance(5 * minute)
  expect(await firing()).toEqual([])
  server.clock.advance(second)
  expect(await firing()).toEqual([`${metric}{channel="backchannel_logout"}`])
  server.clock.advance(minute)
  expect((await readMetrics(server)).get('adjourn_duties_pending{channel="backchannel_logout"}')).toBe(1)

  await server.contents.execute(`UPDATE notice SET state = 'failed'`)
  expect(await firing()).toEqual([])
  expect((await readMetrics(server)).get('adjourn_duties_failed{channel="backchannel_logout"}')).toBe(1)

  await server.contents.execute(`UPDATE notice SET state = 'delivered'`)
  expect(await firing()).toEqual([])
  expect((await readMetrics(server)).get('adjourn_duties_failed{channel="backchannel_logout"}')).toBe(0)
})

test('A-06: the delivery of a mail is counted with how long it took from the commit that owes it, and so are its failures', async () => {
  await using smtp = await TestSmtpServer.start()
  await using mailing = await startTestServer({ environment: smtp.environment })
  const { email } = await registerMember(mailing)
  const reading = async (series: string) => (await readMetrics(mailing)).get(series)

  smtp.refusal = { at: 'data', code: 451, text: 'try again' }
  await send(`${mailing.url}${recoveryPath}/send-email`, { json: { email } })
  await mailing.sendMailsNow()
  expect(await reading('adjourn_delivery_attempts_total{channel="mail",outcome="to_be_repeated"}')).toBe(1)
  expect(await reading('adjourn_delivery_duration_seconds_count{channel="mail"}')).toBeUndefined()

  smtp.refusal = undefined
  mailing.clock.advance(10 * minute)
  await mailing.sendMailsNow()
  expect(await reading('adjourn_delivery_attempts_total{channel="mail",outcome="delivered"}')).toBe(1)
  expect(await reading('adjourn_delivery_duration_seconds_sum{channel="mail"}')).toBe(600)
})
