/** Custom login by the official client's hidden frame, in a real browser, on another site than the server's. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld('official.ts')
})
afterAll(() => world[Symbol.asyncDispose]())

/** What the official client is in the page. */
interface SitePage {
  readonly client: { readonly auth: Record<string, (...parameters: unknown[]) => Promise<Record<string, never>>> }
}

test('a form of the site’s own registers a member and gets tokens by a hidden frame, without any cookie', async () => {
  const page = await world.visit()
  const found = await page.evaluate(async () => {
    const { auth } = (globalThis as unknown as SitePage).client
    const registered = await auth['register']?.({ email: 'ada@shop.example', password: 'a long passphrase of ada' })
    const tokens = await auth['getMemberTokensForDirectLogin']?.(registered?.['data']?.['sessionToken'])
    await auth['setTokens']?.(tokens)
    return { registered, tokens, loggedIn: await auth['loggedIn']?.() }
  })
  expect(found.registered).toMatchObject({ loginState: 'SUCCESS' })
  expect(found.tokens).toMatchObject({ refreshToken: { role: 'member' } })
  expect(found.loggedIn).toBe(true)
  expect(await page.context().cookies()).toEqual([])
})
