import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'

/** What a site's browser code needs to register, log in, hold tokens and log out. */
const site = `
import { authentication, createClient, localStorageTokens, OAuthStrategy } from '@adjourn/sdk'
export const client = createClient({
  baseUrl: location.origin,
  auth: OAuthStrategy({ clientId: 'x', tokens: localStorageTokens() }),
  modules: { authentication },
})`

test('login, tokens and logout are under 8 KB in a browser, compressed', async () => {
  const bundle = await rolldown({
    input: 'site.ts',
    platform: 'browser',
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    plugins: [
      {
        name: 'site',
        resolveId: (id) =>
          id === 'site.ts' ? fileURLToPath(new URL('site-of-the-test.ts', import.meta.url)) : undefined,
        load: (id) => (id.endsWith('site-of-the-test.ts') ? site : undefined),
      },
    ],
  })
  const { output } = await bundle.generate({ minify: true })
  await bundle.close()
  const [{ code }] = output
  expect(code).toContain('BroadcastChannel')
  // Nothing of what only servers need comes along.
  expect(code).not.toContain('node:')
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(8 * 1024)
})
