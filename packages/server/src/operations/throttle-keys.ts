import type { ThrottleKind } from '../domain/throttle.ts'
import type { Service } from './service.ts'

/** Half of the MAC: nobody can look for a key that collides, and rows stay small. */
const bytes = 16

/**
 * The key under which attempts of a kind are counted for an account or a source. A keyed hash, so that a copy of the database
 * does not tell who tried to log in as whom, or from where.
 */
export function throttleKey({ keyring, siteId }: Service, kind: ThrottleKind, what: string): string {
  return shortened(keyring.mac('throttle', `${siteId} ${kind} ${what}`))
}

/** The name by which a network is remembered to have been used, likewise. */
export function networkKey({ keyring, siteId }: Service, network: string): string {
  return shortened(keyring.mac('network', `${siteId} ${network}`))
}

function shortened(mac: Uint8Array): string {
  return Buffer.from(mac.subarray(0, bytes)).toString('base64url')
}
