/**
 * A site that is built with the official packages as their documentation has it. Two lines make it talk to your own server: the
 * import of the bridge and the call that installs it.
 */
import { installWixBridge } from '@adjourn/wix-bridge'
import { authentication } from '@wix/identity'
import { createClient, OAuthStrategy, type Tokens } from '@wix/sdk'

const baseUrl = import.meta.env.VITE_ADJOURN_URL ?? 'http://127.0.0.1:8787'
const clientId = import.meta.env.VITE_CLIENT_ID ?? 'ad10ad10-0000-4000-8000-000000000001'
const redirectUri = `${location.origin}/callback`

installWixBridge({ baseUrl })

const kept = localStorage.getItem('tokens')
const client = createClient({
  modules: { authentication },
  auth: OAuthStrategy({ clientId, ...(kept === null ? {} : { tokens: JSON.parse(kept) as Tokens }) }),
})

function keep(tokens: Tokens): void {
  client.auth.setTokens(tokens)
  localStorage.setItem('tokens', JSON.stringify(tokens))
}

/** Where the server's login page has sent the browser back, with a code in the address. */
if (location.pathname === '/callback') {
  const pending = sessionStorage.getItem('pending')
  const { code, state, error, errorDescription } = client.auth.parseFromUrl(location.href, 'query')
  sessionStorage.removeItem('pending')
  history.replaceState(null, '', '/')
  if (pending === null || error) say(errorDescription ?? 'This login was not begun here.')
  else await attempt(async () => keep(await client.auth.getMemberTokens(code, state, JSON.parse(pending))))
}
await show()

element('credentials').addEventListener('submit', async (event) => {
  event.preventDefault()
  const form = new FormData(event.target as HTMLFormElement)
  const act = (event as SubmitEvent).submitter?.getAttribute('value')
  const credentials = { email: String(form.get('email')), password: String(form.get('password')) }
  await attempt(async () => {
    const state = await (act === 'register' ? client.auth.register(credentials) : client.auth.login(credentials))
    if (state.loginState === 'SUCCESS') {
      keep(await client.auth.getMemberTokensForDirectLogin(state.data.sessionToken))
      say('')
    } else if (state.loginState === 'FAILURE') {
      // So the official client calls whatever it does not know, an outage too: what the server said is better.
      const why = state.errorCode === 'invalidEmail' ? state.error : (state.errorCode ?? state.error)
      say(`That did not work: ${why}`)
    } else say(`Not yet: ${state.loginState}`)
  })
  await show()
})

element('hosted').addEventListener('click', () =>
  attempt(async () => {
    const pending = client.auth.generateOAuthData(redirectUri)
    sessionStorage.setItem('pending', JSON.stringify(pending))
    const { authUrl } = await client.auth.getAuthUrl(pending, { responseMode: 'query' })
    location.assign(authUrl)
  }),
)

/** By a navigation: the server ends the session, removes its own cookies too, and sends the browser back. */
element('logout').addEventListener('click', () =>
  attempt(async () => {
    const { logoutUrl } = await client.auth.logout(`${location.origin}/`)
    localStorage.removeItem('tokens')
    location.assign(logoutUrl)
  }),
)

/** By a call: the session ends all the same; the tokens are the site's own to forget. */
element('logout-here').addEventListener('click', () =>
  attempt(async () => {
    await client.authentication.logout({ clientId })
    localStorage.removeItem('tokens')
    location.assign('/')
  }),
)

element('again').addEventListener('click', () => location.reload())

/**
 * A browser may bring the page back as it was, with the tokens that its client held then, when somebody goes back to it: also after
 * they have logged out. So it is hidden then, and loaded anew.
 */
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return
  document.documentElement.hidden = true
  location.reload()
})

/** What only members see comes from the server: a token that is held is no proof that its session lives. */
async function show(): Promise<void> {
  const { part, email } = await whoIsThere()
  element('who').textContent = email
  for (const each of ['visitor', 'member', 'unknown']) element(each).hidden = each !== part
}

/** Only the server's word makes a visitor of somebody with a member's tokens. Without its word they are neither: it is not known. */
async function whoIsThere(): Promise<{ readonly part: 'visitor' | 'member' | 'unknown'; readonly email: string }> {
  if (!client.auth.loggedIn()) return { part: 'visitor', email: '' }
  try {
    const { headers } = await client.auth.getAuthHeaders()
    const answer = await fetch(`${baseUrl}/oauth2/user-info`, { headers })
    if (answer.ok) return { part: 'member', email: ((await answer.json()) as { readonly email: string }).email }
    // 403: the client has become a visitor's meanwhile, as the tokens could not be renewed.
    if (answer.status === 401 || answer.status === 403) return { part: 'visitor', email: '' }
  } catch (error) {
    reportError(error)
  }
  return { part: 'unknown', email: '' }
}

/** Does what may fail because nobody answers. Nothing is claimed then: not that somebody is signed out, either. */
async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    reportError(error)
    say('That did not work. Please try again.')
  }
}

function say(message: string): void {
  element('message').textContent = message
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new TypeError(`There is no element ${id}`)
  return found
}
