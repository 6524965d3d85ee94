import { expect, test } from 'vitest'
import { acceptedOf, everythingAccepted, signedInMember } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer } from '../support/test-server.ts'

test('C-04, T-08, T-09: after logout by access token nothing of the session is accepted anywhere', async () => {
  await using server = await startTestServer()
  const member = await signedInMember(server)
  const other = await signedInMember(server)
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)

  const answer = await send(`${server.url}/v1/logout`, { headers: { authorization: member.accessToken } })
  expect(answer.status).toBe(200)
  expect(await acceptedOf(server, member)).toEqual([])
  expect(await acceptedOf(server, other)).toEqual(everythingAccepted)
})
