/** Custom login by the official client's hidden frame, in a real browser, on another site than the server's. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authorizeQuery, registerMember } from '../packages/server/test/support/members.ts'
import type { OfficialPage } from './sites/official.ts'
import { serveEmptyPage } from './support/site-server.ts'
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

test('a ticket that was used, or made up, brings no tokens', async () => {
  const page = await world.visit()
  const { sessionToken } = await registerMember(world.server)
  const bring = (ticket: string) =>
    page.evaluate(
      (ticket) => (globalThis as unknown as OfficialPage).client.auth.getMemberTokensForDirectLogin(ticket),
      ticket,
    )
  expect(await bring(sessionToken)).toMatchObject({ refreshToken: { role: 'member' } })
  for (const ticket of [sessionToken, `adj_ticket_${'A'.repeat(43)}`]) {
    await expect(bring(ticket)).rejects.toThrow('Missing code')
  }
})

describe('H-02: the frame', () => {
  /** Puts the frame into a page and waits for one of the two; where it came to, and what the page was told. */
  async function frameIn(
    page: Page,
    until: 'load' | 'message',
  ): Promise<{ readonly at: string | undefined; readonly told: readonly string[] }> {
    const { sessionToken } = await registerMember(world.server)
    const query = authorizeQuery(world.server.client, {
      sessionToken,
      responseMode: 'web_message',
      redirectUri: `${world.site.origin}/callback`,
    })
    const address = `${world.serverUrl}/oauth2/authorize?${query}`
    const told = await page.evaluate(
      async ({ address, until }) => {
        const told: string[] = []
        addEventListener('message', ({ data }) => told.push(Object.keys(data).toSorted().join()))
        const frame = document.createElement('iframe')
        const happened = new Promise((resolve) =>
          (until === 'load' ? frame : window).addEventListener(until, resolve, { once: true }),
        )
        frame.src = address
        document.body.append(frame)
        await happened
        return told
      },
      { address, until },
    )
    return { at: page.frames()[1]?.url(), told }
  }

  test('is shown on the page of the client, and tells it a code', async () => {
    const { at, told } = await frameIn(await world.visit(), 'message')
    expect(at).toContain(`${world.serverUrl}/oauth2/authorize`)
    expect(told).toEqual(['code,state'])
  })

  test('is not shown on anybody else’s page, and tells it nothing', async () => {
    await using foreign = await serveEmptyPage('elsewhere.localhost')
    const page = await world.visit()
    await page.goto(foreign.origin)
    expect(await frameIn(page, 'load')).toEqual({ at: expect.stringMatching(/^chrome-error:/), told: [] })
  })
})
