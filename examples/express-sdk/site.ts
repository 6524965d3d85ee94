/**
 * A site that renders its pages on its own server: its members' tokens are in a cookie that no script can read, and the site
 * itself asks the Adjourn server whether they are still signed in.
 */
import {
  createClient,
  OAuthStrategy,
  oauth,
  RefusedError,
  SignedOutError,
  type SignOn,
  UnavailableError,
} from '@adjourn/sdk'
import { requestTokens, signInOnServer } from '@adjourn/sdk/server'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { forMembers, forVisitors, page, tryAgain } from './page.ts'

export interface SiteOptions {
  /** Where the site is reached, without a trailing slash. */
  readonly origin: string
  /** Where the Adjourn server is reached. */
  readonly baseUrl: string
  readonly clientId: string
}

/** Makes the site; nothing listens yet. */
export function createSite({ origin, baseUrl, clientId }: SiteOptions): Express {
  const redirectUri = `${origin}/callback`
  const site = express()
  site.use(express.urlencoded({ extended: false }))
  site.use((request, response, next) => {
    // What a member sees is theirs alone. For the back button this is not enough: see the page.
    response.set('Cache-Control', 'no-store')
    // A form on another site must not act as a member of this one.
    const from = request.get('origin')
    if (request.method === 'POST' && from !== undefined && from !== origin) response.sendStatus(403)
    else next()
  })

  const clientOf = (request: Request, response: Response) =>
    createClient({
      baseUrl,
      auth: OAuthStrategy({
        clientId,
        tokens: requestTokens(
          { cookie: request.headers.cookie, setCookie: (value) => response.append('Set-Cookie', value) },
          { secure: origin.startsWith('https:') },
        ),
      }),
      modules: { oauth },
    })

  site.get('/', (request, response) => {
    const message = String(request.query['message'] ?? '')
    response.send(page({ title: 'A shop with our SDK', message, content: forVisitors }))
  })

  for (const [path, act] of [
    ['/register', 'register'],
    ['/login', 'checkPassword'],
  ] as const) {
    site.post(path, async (request, response) => {
      const client = clientOf(request, response)
      const { email = '', password = '' } = request.body as Record<string, string>
      const signOn: SignOn = await client.auth[act]({ email, password })
      if (signOn.state !== 'SUCCESS') return response.redirect(303, `/?message=${signOn.state}`)
      await signInOnServer(client, signOn.sessionToken, { redirectUri })
      return response.redirect(303, '/members')
    })
  }

  site.get('/members', async (request, response) => {
    const client = clientOf(request, response)
    if (!(await client.auth.isSignedIn())) return response.redirect(303, '/?message=Please+log+in')
    // A token that is held is no proof that its session lives: the server is asked.
    const { email = '' } = await client.oauth.userInfo()
    return response.send(page({ title: 'Members only', message: '', content: forMembers(email) }))
  })

  site.post('/logout', async (request, response) => {
    await clientOf(request, response).auth.signOut()
    response.redirect(303, '/?message=You+are+signed+out')
  })

  site.get('/hosted', async (request, response) => {
    const { url, pending } = await clientOf(request, response).auth.beginLogin({ redirectUri })
    response.cookie('pending', JSON.stringify(pending), { httpOnly: true, sameSite: 'lax', maxAge: 600_000 })
    response.redirect(303, url)
  })

  site.get('/callback', async (request, response) => {
    const kept = /(?:^|; )pending=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
    if (kept === undefined) return response.redirect(303, '/?message=This+login+was+not+begun+here')
    response.clearCookie('pending')
    await clientOf(request, response).auth.finishLogin(
      `${origin}${request.originalUrl}`,
      JSON.parse(decodeURIComponent(kept)),
    )
    return response.redirect(303, '/members')
  })

  site.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (error instanceof SignedOutError) response.redirect(303, '/?message=Your+session+has+ended')
    else if (error instanceof RefusedError) {
      const content = request.path === '/members' || request.path === '/logout' ? tryAgain : forVisitors
      response.status(400).send(page({ title: 'That did not work', message: error.message, content }))
    } else if (error instanceof UnavailableError) {
      // Nobody knows whether anything happened, so nothing is claimed: not that somebody is signed out, either.
      response.status(503).send(page({ title: 'Please try again', message: error.message, content: tryAgain }))
    } else next(error)
  })
  return site
}
