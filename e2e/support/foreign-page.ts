import type { Page } from 'playwright-core'
import { followLink } from './follow-link.ts'

/** Goes to a page of another origin and puts something on it. */
export async function openForeignPage(page: Page, origin: string, content: string): Promise<void> {
  await page.goto(origin)
  await page.evaluate((content) => {
    document.body.innerHTML = content
  }, content)
}

/** Follows a link to an address that stands on a page of another origin. */
export async function followLinkFrom(page: Page, origin: string, address: string): Promise<void> {
  await openForeignPage(page, origin, '')
  await followLink(page, address)
}

/** Sends a form to an address by POST, from a page of another origin. */
export async function sendFormFrom(
  page: Page,
  origin: string,
  action: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<void> {
  await openForeignPage(page, origin, '<form method="post"><button>A form</button></form>')
  await page.evaluate(
    ({ action, fields }) => {
      const form = document.querySelector('form')
      form?.setAttribute('action', action)
      for (const [name, value] of Object.entries(fields)) {
        const field = document.createElement('input')
        Object.assign(field, { type: 'hidden', name, value })
        form?.append(field)
      }
    },
    { action, fields },
  )
  await page.getByRole('button', { name: 'A form' }).click()
}
