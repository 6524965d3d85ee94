import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { day } from '../../adjourn/known-sessions.ts'
import type { Contender } from '../../contender.ts'

export const secret = 'W5n2Cz8Kj4Bv7Xg1Pd9Ft3Qm6Lr0Hs5Y'

const cookie = 'connect.sid={credential}'

/** What is sent, whatever the store. */
export const expressSessionRequests: Contender['requests'] = {
  logout: {
    method: 'POST',
    path: '/logout',
    headers: { cookie },
    credential: 'cookie',
    expect: { status: 200, bodyHolds: 'signed out' },
  },
  check: {
    method: 'GET',
    path: '/me',
    headers: { cookie },
    credential: 'cookie',
    expect: { status: 200, bodyHolds: 'member' },
    refused: { status: 401 },
  },
}

/** New ids of sessions, as the middleware makes them. */
export function newSessionIds(count: number): readonly string[] {
  return Array.from({ length: count }, () => randomBytes(24).toString('base64url'))
}

/** The values of their cookies. */
export function signedCookies(ids: readonly string[]): readonly string[] {
  const key = createSecretKey(Buffer.from(secret))
  return ids.map((id) => {
    const signature = createHmac('sha256', key).update(id).digest('base64').replace(/=+$/, '')
    return encodeURIComponent(`s:${id}.${signature}`)
  })
}

export const expiresAt = () => new Date(Date.now() + 30 * day)

/** A session as it lies in the store, as JSON. */
export function storedSession(expires: Date): string {
  return JSON.stringify({
    cookie: { originalMaxAge: 30 * day, expires: expires.toISOString(), httpOnly: true, path: '/' },
    member: '5eed5eed-0000-4000-8000-000000000000',
  })
}
