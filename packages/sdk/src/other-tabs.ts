/** Whose session it was. */
export interface Left {
  readonly sid: string
  readonly sub: string
  /** Whether all sessions of the member have ended, and not this one alone. */
  readonly everywhere: boolean
}

/** Tells the other tabs of the site that somebody signed out, and hears it from them. */
export interface OtherTabs {
  /** Nobody is told once this is closed. */
  tell(left: Left): void
  close(): void
}

/**
 * @param name - What the tabs have in common; `undefined` where there are none.
 * @param heard - Called when another tab says so.
 */
export function otherTabs(name: string | undefined, heard: (left: Left) => void): OtherTabs {
  if (name === undefined || typeof BroadcastChannel === 'undefined') return { tell: () => {}, close: () => {} }
  const channel = new BroadcastChannel(name)
  let isOpen = true
  channel.onmessage = (event) => heard((event as { readonly data: Left }).data)
  // In Node an open channel would keep the process alive.
  ;(channel as unknown as { unref?: () => void }).unref?.()
  return {
    // To sign out is possible after closing too.
    tell: (left) => {
      if (isOpen) channel.postMessage(left)
    },
    close: () => {
      isOpen = false
      channel.close()
    },
  }
}
