/** As much of a page as is used. */
interface PageGlobals {
  readonly document?: { readonly documentElement: { style: { visibility: string } } }
  addEventListener?(type: 'pageshow', listener: (event: { readonly persisted: boolean }) => void): void
  removeEventListener?(type: 'pageshow', listener: (event: { readonly persisted: boolean }) => void): void
}

/**
 * Guards a page that comes back from the back-forward cache, as it was when somebody was still signed in: it stays hidden until
 * it is known that they still are.
 *
 * @param check - Resolves when the page may be seen; what it rejects with leaves the page hidden.
 * @returns Takes the guard away.
 */
export function guardRestoredPage(check: () => Promise<void>): () => void {
  const page = globalThis as PageGlobals
  const { document, addEventListener } = page
  if (document === undefined || addEventListener === undefined) return () => {}
  const listener = ({ persisted }: { readonly persisted: boolean }) => {
    if (!persisted) return
    const { style } = document.documentElement
    style.visibility = 'hidden'
    void check().then(() => {
      style.visibility = ''
    })
  }
  page.addEventListener?.('pageshow', listener)
  return () => page.removeEventListener?.('pageshow', listener)
}
