import { RefusedError, UnavailableError } from './errors.ts'
import { randomText } from './pkce.ts'

export interface FrameOptions {
  /** How long to wait for the server's answer; 20 seconds unless told. */
  readonly timeoutMs?: number
}

/** As much of a browser's page as is used. */
interface PageGlobals {
  readonly document?: {
    readonly body: { append(element: unknown): void }
    createElement(name: 'iframe'): { hidden: boolean; src: string; readonly contentWindow: unknown; remove(): void }
  }
  addEventListener(type: 'message', listener: (event: FrameMessage) => void): void
  removeEventListener(type: 'message', listener: (event: FrameMessage) => void): void
}

interface FrameMessage {
  readonly origin: string
  readonly source: unknown
  readonly data: unknown
}

/**
 * Gets a code for a `sessionToken` by a hidden frame, which the server answers by a message to the page: no cookie is needed.
 *
 * @returns The code. It belongs to no redirect URI.
 * @throws {TypeError} Where there is no page.
 * @throws {RefusedError} With what the server says, such as `login_required` for a token that was used.
 * @throws {UnavailableError} When no message came in time: the server does not answer, or does not know the page's origin.
 */
export async function codeByFrame(
  baseUrl: string,
  request: { readonly clientId: string; readonly sessionToken: string; readonly codeChallenge: string },
  { timeoutMs = 20_000 }: FrameOptions = {},
): Promise<string> {
  const page = globalThis as unknown as PageGlobals
  const { document } = page
  if (document === undefined) {
    throw new TypeError('Cannot sign in by a frame as there is no page here: use signInOnServer of @adjourn/sdk/server')
  }
  const state = randomText()
  const query = new URLSearchParams({
    ...request,
    state,
    prompt: 'none',
    responseType: 'code',
    responseMode: 'web_message',
    scope: 'offline_access',
    codeChallengeMethod: 'S256',
  })
  const frame = document.createElement('iframe')
  frame.hidden = true
  frame.src = `${baseUrl}/oauth2/authorize?${query}`
  let listener: (event: FrameMessage) => void = () => {}
  let impatience: ReturnType<typeof setTimeout> | undefined
  try {
    const answer = await new Promise<Readonly<Record<string, string>>>((resolve, reject) => {
      listener = ({ origin, source, data }) => {
        const message = Object(data) as Record<string, string>
        if (origin === baseUrl && source === frame.contentWindow && message['state'] === state) resolve(message)
      }
      page.addEventListener('message', listener)
      impatience = setTimeout(
        () =>
          reject(
            new UnavailableError(
              `${baseUrl} did not answer in its frame for ${timeoutMs} ms: it may be down, or the client has no redirect URI of this page's origin`,
              { outcome: 'unknown', status: null },
            ),
          ),
        timeoutMs,
      )
      document.body.append(frame)
    })
    const { code, error = 'no_code', error_description: description = 'The login was not finished' } = answer
    if (code !== undefined) return code
    throw new RefusedError(description, { code: error })
  } finally {
    clearTimeout(impatience)
    page.removeEventListener('message', listener)
    frame.remove()
  }
}
