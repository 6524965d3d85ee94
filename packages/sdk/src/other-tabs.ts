/** Whose session it was. */
export interface Left {
  readonly sid: string
  readonly sub: string
  /** Whether all sessions of the member have ended, and not this one alone. */
  readonly everywhere: boolean
}

/** Tells the other tabs of the site that somebody signed out, and hears it from them. */
export interface OtherTabs {
  tell(left: Left): void
  close(): void
}

/**
 * @param name - What the tabs have in common; `null` where there are none.
 * @param heard - Called when another tab says so.
 */
export function otherTabs(name: string | null, heard: (left: Left) => void): OtherTabs {
  if (name === null || typeof BroadcastChannel === 'undefined') return { tell: () => {}, close: () => {} }
  const channel = new BroadcastChannel(name)
  channel.onmessage = (event) => heard((event as { readonly data: Left }).data)
  // In Node an open channel would keep the process alive.
  ;(channel as unknown as { unref?: () => void }).unref?.()
  return { tell: (left) => channel.postMessage(left), close: () => channel.close() }
}
