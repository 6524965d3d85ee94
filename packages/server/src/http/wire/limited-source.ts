import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { plainAddress, type Source, sourceOf } from '../../domain/network.ts'
import { addressList } from './address-list.ts'

/** Where a request comes from, for limits; `null` where the address says nothing of who made it, and is not limited. */
export type LimitedSource = (request: Pick<FastifyRequest, 'ip'>) => Source | null

/**
 * Makes the reader of sources. The address is the framework's: of forwarding headers it believes those of the trusted proxies
 * alone, so that nobody writes themselves another one.
 *
 * @param unlimited - IP addresses and CIDR ranges through which many people come.
 */
export function createLimitedSource(unlimited: readonly string[]): LimitedSource {
  const isUnlimited = addressList(unlimited)
  return ({ ip }) => {
    const address = plainAddress(ip)
    if (isIP(address) === 0 || isUnlimited(address)) return null
    return sourceOf(address) ?? null
  }
}
