import type { Page } from 'playwright-core'

/**
 * Puts a link to an address on the page that is open, and follows it. A script that changes the address itself would be gone before it
 * could say that it has.
 */
export async function followLink(page: Page, address: string): Promise<void> {
  await page.evaluate((href) => {
    document.body.append(Object.assign(document.createElement('a'), { href, textContent: 'A link' }))
  }, address)
  await page.getByRole('link', { name: 'A link', exact: true }).click()
}
