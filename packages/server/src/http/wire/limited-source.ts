import { BlockList, isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { plainAddress, type Source, sourceOf } from '../../domain/network.ts'

/** Where a request comes from, for limits; `null` where the address says nothing of who made it, and is not limited. */
export type LimitedSource = (request: Pick<FastifyRequest, 'ip'>) => Source | null

/**
 * Makes the reader of sources. The address is the framework's: of forwarding headers it believes those of the trusted proxies
 * alone, so that nobody writes themselves another one.
 *
 * @param unlimited - IP addresses and CIDR ranges through which many people come.
 */
export function createLimitedSource(unlimited: readonly string[]): LimitedSource {
  const list = new BlockList()
  for (const entry of unlimited) {
    const [address = '', prefix] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return ({ ip }) => {
    const address = plainAddress(ip)
    const family = isIP(address)
    if (family === 0 || list.check(address, family === 6 ? 'ipv6' : 'ipv4')) return null
    return sourceOf(address) ?? null
  }
}
