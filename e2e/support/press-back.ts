import type { Page } from 'playwright-core'

/** Presses the back button. A page that the browser has kept is there at once: it is not loaded, so no load ends. */
export async function pressBack(page: Page): Promise<void> {
  await page.goBack({ waitUntil: 'commit' })
}
