import type { Page } from 'playwright-core'
import { password as usual } from '../../packages/server/test/support/members.ts'

/** Fills in the server's login page, which is open, and sends it. */
export async function fillLoginPage(
  page: Page,
  {
    email,
    password = usual,
    keep = false,
  }: { readonly email: string; readonly password?: string; readonly keep?: boolean },
): Promise<void> {
  await page.getByLabel('E-mail address', { exact: true }).fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  if (keep) await page.getByLabel('Keep me signed in on this device').check()
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}
