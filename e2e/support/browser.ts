import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
} from 'playwright-core'
import { inject } from 'vitest'

/** It reaches nothing but this machine, and is as strict about other sites' cookies as browsers are that block them all. */
const launch = (): LaunchOptions => ({
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
  // Where the browser can keep a page that was left, for the back button, it does so as it would for a person.
  ignoreDefaultArgs: ['--disable-back-forward-cache'],
})

/** The certificate of a server here is made for one test, by nobody whom a browser trusts. */
const person: BrowserContextOptions = { ignoreHTTPSErrors: true }

/** Starts a browser, for any number of persons. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch(launch())
}

/** A person's browser: with cookies and storage of its own. */
export async function openPerson(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  return impatient(await browser.newContext({ ...person, ...options }))
}

/**
 * Starts the browser of one person, which finds what it keeps in a directory again when it is started the next time there. What it
 * does not keep is gone once it is closed.
 */
export async function startLastingBrowser(directory: string): Promise<BrowserContext> {
  return impatient(await chromium.launchPersistentContext(directory, { ...launch(), ...person }))
}

/** What does not come is told by its name, before the whole test is over. */
function impatient(context: BrowserContext): BrowserContext {
  context.setDefaultTimeout(10_000)
  return context
}
