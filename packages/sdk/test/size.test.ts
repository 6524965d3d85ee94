import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'

/** What a site's browser code needs to register, log in, hold tokens and log out. */
const site = siteWith('authentication')

function siteWith(...modules: readonly string[]): string {
  return `
import { createClient, localStorageTokens, OAuthStrategy, ${modules.join(', ')} } from '@adjourn/sdk'
export const client = createClient({
  baseUrl: location.origin,
  auth: OAuthStrategy({ clientId: 'x', tokens: localStorageTokens() }),
  modules: { ${modules.join(', ')} },
})`
}

/** The code of a site as its browsers get it. */
async function bundled(code: string): Promise<string> {
  const bundle = await rolldown({
    input: 'site.ts',
    platform: 'browser',
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    plugins: [
      {
        name: 'site',
        resolveId: (id) =>
          id === 'site.ts' ? fileURLToPath(new URL('site-of-the-test.ts', import.meta.url)) : undefined,
        load: (id) => (id.endsWith('site-of-the-test.ts') ? code : undefined),
      },
    ],
  })
  const { output } = await bundle.generate({ minify: true })
  await bundle.close()
  return output[0].code
}

test('login, tokens and logout are under 8 KB in a browser, compressed', async () => {
  const code = await bundled(site)
  expect(code).toContain('BroadcastChannel')
  // Nothing of what only servers need comes along.
  expect(code).not.toContain('node:')
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(8 * 1024)
})

/** What only the code of one module says. */
const words = {
  oauth: 'oauth2/token-info',
  oauthApps: 'oauth-apps',
  recovery: 'activation-email',
  redirects: 'redirect-session',
  sessions: 'except',
  signOnPolicy: 'sign-on-policies',
  verification: 'verification/v1/start',
}

test.each(Object.entries(words))('%s is in the code of a site that uses it, and of no other', async (module, word) => {
  expect((await bundled(siteWith('authentication', module))).includes(word)).toBe(true)
  const others = Object.keys(words).filter((each) => each !== module)
  for (const code of [site, siteWith(...others)]) expect((await bundled(code)).includes(word)).toBe(false)
})

test('README says how large it is', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const said = /about ([\d.]+) KB compressed in a browser, and ([\d.]+) KB with every module/.exec(readme)?.slice(1)
  const sizes = [site, siteWith('authentication', ...Object.keys(words))].map(async (code) =>
    (gzipSync(await bundled(code), { level: 9 }).length / 1024).toFixed(1),
  )
  expect(await Promise.all(sizes)).toEqual(said)
})

test('a site that keeps tokens in localStorage has no code for cookies', async () => {
  expect(await bundled(site)).not.toContain('SameSite')
})
