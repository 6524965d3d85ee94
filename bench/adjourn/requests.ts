import type { Contender } from '../contender.ts'
import { password } from './password.ts'

/** The id that the first client is given, so that requests can name it. */
export const clientId = '5eed5eed-5eed-4eed-8eed-5eed5eed5eed'

/** On http and a loopback address; see the cookie's registry. */
const cookie = 'adjourn_session={credential}'

/** What is sent to Adjourn, whatever its database. */
export const adjournRequests = {
  // As a script of the site sends it, without a body. The marker makes the cookie believed, as no other site can send it.
  logout: {
    method: 'POST',
    path: '/v1/logout',
    headers: { cookie, 'x-requested-with': 'fetch' },
    credential: 'cookie',
    expect: { status: 200, bodyHolds: 'statusCode' },
  },
  // A person who follows a link on the site's own pages.
  'logout-page': {
    method: 'GET',
    path: '/v1/logout',
    headers: {
      cookie,
      accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      'sec-fetch-site': 'same-origin',
    },
    credential: 'cookie',
    expect: { status: 200, bodyHolds: 'signed out' },
  },
  'logout-own-api': {
    method: 'DELETE',
    path: '/v1/sessions/current',
    headers: { cookie, 'x-requested-with': 'bench' },
    credential: 'cookie',
    expect: { status: 204 },
  },
  'logout-token': {
    method: 'POST',
    path: '/v1/logout',
    headers: { authorization: 'Bearer {credential}' },
    credential: 'accessToken',
    expect: { status: 200, bodyHolds: 'statusCode' },
  },
  check: {
    method: 'GET',
    path: '/v1/sessions/current',
    headers: { cookie },
    credential: 'cookie',
    expect: { status: 200, bodyHolds: 'memberId' },
    refused: { status: 401 },
  },
  refresh: {
    method: 'POST',
    path: '/oauth2/token',
    headers: { 'content-type': 'application/json' },
    body: `{"clientId":"${clientId}","grantType":"refresh_token","refreshToken":"{credential}"}`,
    credential: 'refreshToken',
    expect: { status: 200, bodyHolds: 'access_token' },
  },
  login: {
    method: 'POST',
    path: '/v2/login',
    headers: { 'content-type': 'application/json' },
    body: `{"loginId":{"email":"{credential}"},"password":"${password.text}"}`,
    credential: 'account',
    expect: { status: 200, bodyHolds: 'sessionToken' },
  },
} satisfies Contender['requests']
