import type { SignedOutEvent } from './oauth-auth.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { type Left, otherTabs } from './other-tabs.ts'
import { sessionOf, type TokenSession } from './session-of.ts'
import type { TokenStorage, Tokens } from './tokens.ts'

/** What the storage failed with, where it could not let tokens go. */
export type Failure = { readonly cause: unknown } | undefined

/** The tokens that a client holds, and in whose session its page has seen itself. */
export interface HeldTokens {
  /** The session that this page has seen itself in, while nobody has said that it is over. */
  session(): TokenSession | undefined
  /** What is held. Where it is not of the session of this page any more, that session is over for the page, and this is told first. */
  read(): Promise<Tokens | null>
  /**
   * Holds new tokens.
   *
   * @param may - Whether they may take the place of what is there by then: somebody may have signed in or out meanwhile.
   * @returns What was there, whether it has been replaced or not.
   */
  replace(tokens: Tokens, may: (now: Tokens | null) => boolean): Promise<Tokens | null>
  /**
   * A session is over: its tokens go and whoever was in it is told, once. What belongs to any other session stays as it is.
   *
   * @param tell - Has the other tabs told as well.
   * @returns What the storage failed with. The tokens open nothing, so all are told even then.
   */
  leave(session: TokenSession | undefined, event: SignedOutEvent, tell?: Pick<Left, 'everywhere'>): Promise<Failure>
  /** Stops listening to other tabs. */
  close(): void
}

/**
 * @param name - What all clients have in common that share the storage; `undefined` for none.
 * @param onSignedOut - Must not fail.
 */
export function heldTokens(
  storage: TokenStorage,
  name: string | undefined,
  onSignedOut: (event: SignedOutEvent) => void,
): HeldTokens {
  /** For what looks at the storage and then changes it. Nothing in it waits for the server. */
  const alone = oneAtATime(name === undefined ? undefined : `${name}:storage`)
  let member: TokenSession | undefined
  const tabs = otherTabs(name, ({ sid, sub, everywhere }) => {
    // A tab with tokens of its own may be in another session, or of somebody else.
    if (member?.sid === sid || (everywhere && member?.sub === sub)) {
      void leave(member, { cause: 'another_tab', because: null })
    }
  })

  async function see(): Promise<Tokens | null> {
    const tokens = await storage.read()
    const [was, is] = [member, memberOf(tokens)]
    member = is
    if (was !== undefined && was.sid !== is?.sid) {
      onSignedOut({ cause: is === undefined ? 'tokens_gone' : 'replaced', because: null })
    }
    return tokens
  }

  async function forget(session: TokenSession | undefined): Promise<Failure> {
    try {
      if (memberOf(await storage.read())?.sid === session?.sid) await storage.write(null)
      return undefined
    } catch (cause) {
      return { cause }
    }
  }

  const leave: HeldTokens['leave'] = (session, event, tell) =>
    alone(async () => {
      const failure = await forget(session)
      if (member !== undefined && member.sid === session?.sid) {
        const left = member
        member = undefined
        if (tell !== undefined) tabs.tell({ ...left, ...tell })
        onSignedOut(event)
      }
      return failure
    })

  return {
    session: () => member,
    read: async () => {
      const tokens = await storage.read()
      return memberOf(tokens)?.sid === member?.sid ? tokens : alone(see)
    },
    replace: (tokens, may) =>
      alone(async () => {
        const before = await see()
        if (!may(before)) return before
        await storage.write(tokens)
        const was = member
        member = memberOf(tokens)
        if (was !== undefined && was.sid !== member?.sid) {
          tabs.tell({ ...was, everywhere: false })
          // Who signs in anew has not been signed out.
          if (was.sub !== member?.sub) onSignedOut({ cause: 'replaced', because: null })
        }
        return before
      }),
    leave,
    close: () => tabs.close(),
  }
}

/** Whose session tokens belong to; `undefined` for a visitor's. */
export function memberOf(tokens: Tokens | null): TokenSession | undefined {
  return tokens?.role === 'member' ? sessionOf(tokens.accessToken) : undefined
}
