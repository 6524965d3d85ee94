/** The bridge on a page, in a browser: however a request is put, it arrives at the server. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld('official.ts')
})
afterAll(() => world[Symbol.asyncDispose]())

const ways = ['a text', 'a URL', 'a Request', 'a Request without a scheme', 'a text without a scheme'] as const

test.each(ways)('a request given as %s gets visitor tokens of the server', async (way) => {
  const page = await world.visit()
  const message = await page.evaluate(
    async ({ way, clientId }) => {
      const address = `${way.endsWith('without a scheme') ? '' : 'https:'}//www.wixapis.com/oauth2/token`
      const body = JSON.stringify({ clientId, grantType: 'anonymous' })
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
      const answer = way.startsWith('a Request')
        ? await fetch(new Request(address, init))
        : await fetch(way === 'a URL' ? new URL(address) : address, init)
      return (await answer.json()) as unknown
    },
    { way, clientId: world.server.client.id },
  )
  expect(message).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String) })
})

test('a Request that only asks is answered by the server', async () => {
  const page = await world.visit()
  const message = await page.evaluate(async () => {
    const answer = await fetch(new Request('https://www.wixapis.com/oauth2/jwks'))
    return (await answer.json()) as unknown
  })
  expect(message).toMatchObject({ keys: expect.arrayContaining([expect.objectContaining({ kty: 'EC' })]) })
})

test('a relative address is the page’s own', async () => {
  const page = await world.visit()
  const text = await page.evaluate(async () => (await fetch('/www.wixapis.com/oauth2/jwks')).text())
  expect(text).toContain('<title>A site</title>')
})
