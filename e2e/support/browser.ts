import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import { inject } from 'vitest'

/**
 * Starts a browser. It reaches nothing but this machine, and is as strict about other sites' cookies as browsers are that block
 * them all.
 */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: inject('chromium'),
    // Root, as in a container, has no sandbox to run it in; the rest keeps it from calling home.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}

/** A person's browser: with cookies and storage of its own. What goes wrong on a page fails the test. */
export async function openPerson(browser: Browser): Promise<BrowserContext & { readonly problems: readonly string[] }> {
  const context = await browser.newContext()
  const problems: string[] = []
  context.on('weberror', (error) => problems.push(String(error.error())))
  return Object.assign(context, { problems })
}
