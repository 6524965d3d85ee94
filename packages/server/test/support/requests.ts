/** Requests that are sent without a verdict on the answer, and what their answers hold. */
import { codeVerifier, type Tokens } from './members.ts'
import { type Received, send } from './send.ts'
import { administratorKey, callbackUri, type Served } from './test-server.ts'

/** Presents a code at the token endpoint. */
export function askToExchange(server: Served, code: string, verifier: string = codeVerifier): Promise<Received> {
  return send(`${server.url}/oauth2/token`, {
    json: {
      clientId: server.client.id,
      grantType: 'authorization_code',
      code,
      codeVerifier: verifier,
      redirectUri: callbackUri,
    },
  })
}

/** The code that an answer of the authorize endpoint sends to the client, if it does. */
export function codeIn(answer: Received): string | undefined {
  return answerIn(answer).get('code') ?? undefined
}

/** The error that an answer of the authorize endpoint sends to the client, if it does. */
export function errorIn(answer: Received): string | undefined {
  return answerIn(answer).get('error') ?? undefined
}

/** An administrator ends everyone. */
export async function endEveryone(server: Served): Promise<void> {
  const answer = await send(`${server.url}/admin/v1/sessions`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${administratorKey}` },
  })
  if (answer.status !== 204) throw new Error(`The end of everyone was answered ${answer.status}: ${answer.text}`)
}

/** A ticket for the browser to log out with. */
export async function logoutTicket(server: Served, accessToken: string): Promise<string> {
  const answer = await askForLogoutTicket(server, accessToken)
  const ticket = ticketOf(answer)
  if (ticket === undefined) throw new Error(`No logout ticket was issued: ${answer.text}`)
  return ticket
}

/** Creates the redirect session of a logout. */
export function askForLogoutTicket(server: Served, accessToken: string): Promise<Received> {
  return send(`${server.url}/v1/redirect-session`, {
    json: { logout: { clientId: server.client.id } },
    headers: { authorization: accessToken },
  })
}

export function ticketOf(answer: Received): string | undefined {
  if (answer.status !== 200) return undefined
  const { redirectSession } = answer.json<{
    redirectSession: { urlDetails: { searchParams: { logoutTicket: string } } }
  }>()
  return redirectSession.urlDetails.searchParams.logoutTicket
}

/** Asks for new tokens. */
export function askToRefresh(server: Served, refreshToken: string): Promise<Received> {
  return send(`${server.url}/oauth2/token`, {
    json: { clientId: server.client.id, grantType: 'refresh_token', refreshToken },
  })
}

/** The tokens in an answer of the token endpoint. */
export function tokensOf(answer: Received): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken } = answer.json<Record<string, string>>()
  if (accessToken === undefined || refreshToken === undefined) throw new Error(`No tokens: ${answer.text}`)
  return { accessToken, refreshToken }
}

function answerIn({ headers }: Received): URLSearchParams {
  const { location } = headers
  return location === undefined ? new URLSearchParams() : new URL(String(location)).searchParams
}
