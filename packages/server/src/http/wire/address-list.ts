import { BlockList, isIP } from 'node:net'
import { plainAddress } from '../../domain/network.ts'

/**
 * Makes the test of whether an address is in a list. What is no IP address is in none.
 *
 * @param entries - IP addresses and CIDR ranges.
 */
export function addressList(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return (given) => {
    const address = plainAddress(given)
    const family = isIP(address)
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }
}
