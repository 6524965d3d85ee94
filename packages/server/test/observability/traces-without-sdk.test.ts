import { expect, test } from 'vitest'
import { signedInMember } from '../support/members.ts'
import { startTestServer } from '../support/test-server.ts'

test('with traces on and nobody to take them the server says so, and serves', async () => {
  await using server = await startTestServer({ environment: { ADJOURN_TRACES: 'on' } })
  await signedInMember(server)
  const warnings = server.log.filter((line) => line.includes('ADJOURN_TRACES'))
  expect(warnings.map((line) => JSON.parse(line))).toMatchObject([
    { level: 40, msg: expect.stringContaining('no OpenTelemetry SDK was registered') },
  ])
})

test('whoever does not ask for traces hears nothing of them', async () => {
  await using server = await startTestServer()
  expect(server.log.filter((line) => line.includes('OpenTelemetry'))).toEqual([])
})
