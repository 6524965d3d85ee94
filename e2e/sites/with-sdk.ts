/** A site's script with our SDK, and a part for members only. Tests call what it lays out. */
import { authentication, createClient, localStorageTokens, OAuthStrategy, type SignedOutEvent } from '@adjourn/sdk'

const { baseUrl, clientId } = (globalThis as unknown as { settings: { baseUrl: string; clientId: string } }).settings
/** What was there before the page was loaded anew because it had been kept for too long. */
const before = JSON.parse(sessionStorage.getItem('before') ?? '{"told":[],"restored":[]}')
sessionStorage.removeItem('before')
const told: SignedOutEvent[] = before.told
/** For each time that this page was shown, whether the browser had kept it as it was. */
const restored: boolean[] = before.restored
addEventListener('pageshow', ({ persisted }) => restored.push(persisted))

const client = createClient({
  baseUrl,
  auth: OAuthStrategy({
    clientId,
    tokens: localStorageTokens(),
    onSignedOut: (event) => {
      told.push(event)
      document.getElementById('main')?.replaceChildren()
      if (event.cause !== 'restored_page') return
      sessionStorage.setItem('before', JSON.stringify({ told, restored }))
      location.reload()
    },
  }),
  modules: { authentication },
})

/** What only members see comes from the server: a token that is held is no proof that its session lives. */
async function show(): Promise<void> {
  const answer = await fetch(`${baseUrl}/oauth2/user-info`, {
    headers: { authorization: (await client.auth.authorization()) ?? '' },
  })
  const { email } = (await answer.json()) as { readonly email?: string }
  document.getElementById('main')?.replaceChildren(email === undefined ? '' : `What only ${email} may see`)
}

/** What a test finds in the page. */
export interface SdkPage {
  readonly client: typeof client
  readonly told: readonly SignedOutEvent[]
  readonly restored: readonly boolean[]
  readonly show: () => Promise<void>
}

Object.assign(globalThis, { client, told, restored, show } satisfies SdkPage)
if (await client.auth.isSignedIn()) await show()
