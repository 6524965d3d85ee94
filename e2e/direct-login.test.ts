/** Custom login by the official client's hidden frame, in a real browser, on another site than the server's. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OfficialPage } from './sites/official.ts'
import { startWorld, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld('official.ts')
})
afterAll(() => world[Symbol.asyncDispose]())

test('a form of the site’s own registers a member and gets tokens by a hidden frame, without any cookie', async () => {
  const page = await world.visit()
  const found = await page.evaluate(async () => {
    const { auth } = (globalThis as unknown as OfficialPage).client
    const registered = await auth.register({ email: 'ada@shop.example', password: 'a long passphrase of ada' })
    if (registered.loginState !== 'SUCCESS') throw new Error(registered.loginState)
    const tokens = await auth.getMemberTokensForDirectLogin(registered.data.sessionToken)
    auth.setTokens(tokens)
    return { tokens, loggedIn: auth.loggedIn() }
  })
  expect(found.tokens).toMatchObject({ refreshToken: { role: 'member' } })
  expect(found.loggedIn).toBe(true)
  expect(await page.context().cookies()).toEqual([])
})
