/** A site's own tests, as its developers write them: with the official packages, against an emulator. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { emulatorClientId } from '../../src/emulator/fixed-values.ts'
import { openBrowser } from '../support/browser.ts'
import { day } from '../support/manual-clock.ts'
import { type OfficialHosts, redirectOfficialHosts } from '../support/official-hosts.ts'
import {
  everythingWorks,
  officialSite,
  signedInOnSite,
  signInWithTicket,
  stillWorkingOf,
  ticketOf,
} from '../support/official-site.ts'
import { startTestEmulator, type TestEmulator } from '../support/test-emulator.ts'
import { siteOrigin } from '../support/test-server.ts'

const ada = { email: 'ada@shop.example', password: 'a long passphrase of ada', profile: { firstName: 'Ada' } }

let emulator: TestEmulator
let hosts: OfficialHosts

beforeAll(async () => {
  emulator = await startTestEmulator([ada])
  hosts = redirectOfficialHosts(emulator.url)
})
beforeEach(() => emulator.tell('reset'))
afterAll(async () => {
  hosts[Symbol.dispose]()
  await emulator.close()
})

const signedIn = () => signedInOnSite(emulatorClientId)
const stillWorking = (member: Awaited<ReturnType<typeof signedIn>>) => stillWorkingOf(emulatorClientId, member)

test('a member signs up, in and out by the official client, and nothing of the session works afterwards', async () => {
  const member = await signedIn()
  expect(await stillWorking(member)).toEqual(everythingWorks)
  const answer = await member.site.authentication.logout({
    postLogoutRedirectUri: `${siteOrigin}/bye`,
    clientId: emulatorClientId,
  })
  expect(answer.statusCode).toBe(302)
  expect(await stillWorking(member)).toEqual([])
})

test('a member of the file signs in by the official client, and the site is told their name', async () => {
  const site = officialSite(emulatorClientId)
  const browser = openBrowser()
  const { email, password } = ada
  const tokens = await signInWithTicket(site, browser, await ticketOf(site.auth.login({ email, password })))
  expect(await stillWorking({ site, browser, email, tokens })).toEqual(everythingWorks)
  expect((await site.oauth.userInfo()).givenName).toBe('Ada')
})

test('a member of the file with a wrong password is refused', async () => {
  const outcome = await officialSite(emulatorClientId).auth.login({ email: ada.email, password: 'not the one of ada' })
  expect(outcome.loginState).toBe('FAILURE')
})

test('a logout that the database does not take is told as failed, and the member is still signed in', async () => {
  const member = await signedIn()
  await emulator.tell('faults', { database: 'down' })
  await expect(member.site.authentication.logout()).rejects.toThrow()
  await emulator.tell('faults', { database: 'up' })
  expect(await stillWorking(member)).toEqual(everythingWorks)
})

test('a step past the idle limit signs the member out of the site', async () => {
  const member = await signedIn()
  await emulator.tell('clock', { stepMs: 30 * day })
  expect(await stillWorking(member)).toEqual([])
})
