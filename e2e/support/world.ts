import type { Browser, BrowserContext, Page } from 'playwright-core'
import { freePort } from '../../packages/server/test/support/free-port.ts'
import {
  callbackUri,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../../packages/server/test/support/test-server.ts'
import { openPerson, startBrowser } from './browser.ts'
import { type HttpsFront, startHttpsFront } from './https-front.ts'
import { type SiteServer, serveSite } from './site-server.ts'

/** A server, a site on another host that uses it, and a browser. */
export interface World extends AsyncDisposable {
  /** Its `url` is the address by which the tests themselves reach it. */
  readonly server: TestServer
  /** Where the server is to browsers and to the site. */
  readonly serverUrl: string
  readonly site: SiteServer
  readonly browser: Browser
  /** A new person with a browser of their own, on the site's page. */
  visit(): Promise<Page>
  /** Another tab of somebody's browser, on the site's page. */
  anotherTab(page: Page): Promise<Page>
}

export interface WorldOptions extends TestServerOptions {
  /** Origins of the site besides that of its page: hosts, with their ports. */
  readonly moreDomains?: readonly string[]
}

/**
 * Starts all of it. The server is at `127.0.0.1` and the site at `localhost`: to a browser these are two sites, so that neither
 * is sent the other's cookies in a frame or by a script.
 *
 * @param script - The site's script, in `e2e/sites`.
 */
export async function startWorld(script: string, options: WorldOptions = {}): Promise<World> {
  const port = await freePort()
  const server = await startServerFor(port, options)
  return furnish({ script, port, server, serverUrl: server.url })
}

/** The same with a server whose address is https, behind a proxy that ends TLS. */
export async function startSecureWorld(
  script: string,
  options: WorldOptions = {},
): Promise<World & { readonly front: HttpsFront }> {
  const [port, frontPort, serverPort] = [await freePort(), await freePort(), await freePort()]
  const serverUrl = `https://127.0.0.1:${frontPort}`
  const server = await startServerFor(port, {
    ...options,
    environment: {
      ADJOURN_BASE_URL: serverUrl,
      ADJOURN_PORT: String(serverPort),
      ADJOURN_TRUSTED_PROXIES: '127.0.0.1',
      ...options.environment,
    },
  })
  const front = await startHttpsFront(frontPort, serverPort)
  const world = await furnish({
    script,
    port,
    server: { ...server, url: `http://127.0.0.1:${serverPort}` },
    serverUrl,
  })
  return {
    ...world,
    front,
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]()
      await front[Symbol.asyncDispose]()
    },
  }
}

function startServerFor(sitePort: number, { moreDomains = [], ...options }: WorldOptions): Promise<TestServer> {
  return startTestServer({
    ...options,
    environment: {
      ADJOURN_BOOTSTRAP_REDIRECT_URIS: `http://localhost:${sitePort}/callback,${callbackUri}`,
      ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS: [`localhost:${sitePort}`, ...moreDomains].join(','),
      ...options.environment,
    },
  })
}

async function furnish({
  script,
  port,
  server,
  serverUrl,
}: {
  readonly script: string
  readonly port: number
  readonly server: TestServer
  readonly serverUrl: string
}): Promise<World> {
  const settings = { baseUrl: serverUrl, clientId: server.client.id }
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
    serverUrl,
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
