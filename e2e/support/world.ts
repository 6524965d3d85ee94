import type { Browser, BrowserContext, Page } from 'playwright-core'
import { freePort } from '../../packages/server/test/support/free-port.ts'
import {
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../../packages/server/test/support/test-server.ts'
import { openPerson, startBrowser } from './browser.ts'
import { type SiteServer, serveSite } from './site-server.ts'

/** A server, a site on another host that uses it, and a browser. */
export interface World extends AsyncDisposable {
  readonly server: TestServer
  readonly site: SiteServer
  readonly browser: Browser
  /** A new person with a browser of their own, on the site's page. */
  visit(): Promise<Page>
  /** Another tab of somebody's browser, on the site's page. */
  anotherTab(page: Page): Promise<Page>
}

/**
 * Starts all of it. The server is at `127.0.0.1` and the site at `localhost`: to a browser these are two sites, so that neither
 * is sent the other's cookies in a frame or by a script.
 *
 * @param script - The site's script, in `e2e/sites`.
 */
export async function startWorld(script: string, options: TestServerOptions = {}): Promise<World> {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const server = await startTestServer({
    ...options,
    environment: {
      ADJOURN_BOOTSTRAP_REDIRECT_URIS: `${origin}/callback`,
      ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS: `localhost:${port}`,
      ...options.environment,
    },
  })
  const settings = { baseUrl: server.url, clientId: server.client.id }
  const site = await serveSite({ script, settings, port })
  const browser = await startBrowser()
  const open = async (context: BrowserContext) => {
    const page = await context.newPage()
    await page.goto(site.origin)
    await page.waitForFunction(() => 'client' in globalThis)
    return page
  }
  return {
    server,
    site,
    browser,
    visit: async () => open(await openPerson(browser)),
    anotherTab: (page) => open(page.context()),
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      await site[Symbol.asyncDispose]()
      await server.close()
    },
  }
}
