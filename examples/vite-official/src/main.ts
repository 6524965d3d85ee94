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
  if (pending === null || error) say(errorDescription ?? 'This login was not begun here.')
  else keep(await client.auth.getMemberTokens(code, state, JSON.parse(pending)))
  history.replaceState(null, '', '/')
}
await show()

element('credentials').addEventListener('submit', async (event) => {
  event.preventDefault()
  const form = new FormData(event.target as HTMLFormElement)
  const act = (event as SubmitEvent).submitter?.getAttribute('value')
  const credentials = { email: String(form.get('email')), password: String(form.get('password')) }
  const state = await (act === 'register' ? client.auth.register(credentials) : client.auth.login(credentials))
  if (state.loginState === 'SUCCESS') {
    keep(await client.auth.getMemberTokensForDirectLogin(state.data.sessionToken))
    say('')
  } else if (state.loginState === 'FAILURE') say(`That did not work: ${state.errorCode ?? state.error}`)
  else say(`Not yet: ${state.loginState}`)
  await show()
})

element('hosted').addEventListener('click', async () => {
  const pending = client.auth.generateOAuthData(redirectUri)
  sessionStorage.setItem('pending', JSON.stringify(pending))
  const { authUrl } = await client.auth.getAuthUrl(pending, { responseMode: 'query' })
  location.assign(authUrl)
})

/** By a navigation: the server ends the session, removes its own cookies too, and sends the browser back. */
element('logout').addEventListener('click', async () => {
  const { logoutUrl } = await client.auth.logout(`${location.origin}/`)
  localStorage.removeItem('tokens')
  location.assign(logoutUrl)
})

/** By a call: the session ends all the same; the tokens are the site's own to forget. */
element('logout-here').addEventListener('click', async () => {
  await client.authentication.logout({ clientId })
  localStorage.removeItem('tokens')
  location.assign('/')
})

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
  const answer = client.auth.loggedIn()
    ? await fetch(`${baseUrl}/oauth2/user-info`, { headers: (await client.auth.getAuthHeaders()).headers })
    : undefined
  const member = answer?.ok ? ((await answer.json()) as { readonly email: string }) : undefined
  element('who').textContent = member?.email ?? ''
  element('member').hidden = member === undefined
  element('visitor').hidden = member !== undefined
}

function say(message: string): void {
  element('message').textContent = message
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new TypeError(`There is no element ${id}`)
  return found
}
