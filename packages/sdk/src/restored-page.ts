/** As much of a page as is used. */
interface PageGlobals {
  readonly document?: { readonly documentElement: { style: { visibility: string } } }
  readonly location?: { reload(): void }
  addEventListener?(type: 'pageshow', listener: (event: { readonly persisted: boolean }) => void): void
  removeEventListener?(type: 'pageshow', listener: (event: { readonly persisted: boolean }) => void): void
}

/** How many checks have not let the page be seen yet: several clients may guard the same page. */
let covers = 0
let visibilityBefore = ''

/**
 * Guards a page that comes back from the back-forward cache, as it was when somebody was still signed in: it stays hidden until
 * it is known that they still are.
 *
 * @param check - Resolves to whether the page may be seen. With `false` it stays hidden: somebody else leads elsewhere. When it rejects
 *   nobody knows, and the page is loaded anew, so that it is not blank for ever.
 * @returns Takes the guard away.
 */
export function guardRestoredPage(check: () => Promise<boolean>): () => void {
  const page = globalThis as PageGlobals
  const { document, addEventListener } = page
  if (document === undefined || addEventListener === undefined) return () => {}
  const { style } = document.documentElement
  const listener = async ({ persisted }: { readonly persisted: boolean }) => {
    if (!persisted) return
    if (covers === 0) visibilityBefore = style.visibility
    covers += 1
    style.visibility = 'hidden'
    try {
      if (!(await check())) return
      covers -= 1
      if (covers === 0) style.visibility = visibilityBefore
    } catch {
      page.location?.reload()
    }
  }
  page.addEventListener?.('pageshow', listener)
  return () => page.removeEventListener?.('pageshow', listener)
}
