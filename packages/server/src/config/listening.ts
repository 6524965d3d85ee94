/** Where the server listens, and whom it believes about where a request came from. */
import { isIP } from 'node:net'
import { type Reading, refused, shown } from './reading.ts'

const hostName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i

export function readHost(text: string): Reading<string> {
  // A name of digits and dots that is no IP address (`127.0.0.300`) would only fail later, and less clearly.
  const isName = hostName.test(text) && !/^[\d.]+$/.test(text)
  if (isName || isIP(text) !== 0) return { value: text }
  return refused(`must be a host name or an IP address, IPv6 without brackets, not ${shown(text)}`)
}

export function readPort(text: string): Reading<number> {
  const port = Number(text)
  if (/^(?:0|[1-9]\d{0,4})$/.test(text) && port <= 65_535) return { value: port }
  return refused(`must be a whole number from 0 to 65535, not ${shown(text)}`)
}

/** One entry of a list of addresses, such as trusted proxies: an IP address, or a range in CIDR notation. */
export function readNetwork(text: string): Reading<string> {
  const [address = '', prefix, ...rest] = text.split('/')
  // A zone (`fe80::1%eth0`) means something on this machine only, and does not match what the socket reports elsewhere.
  const family = address.includes('%') ? 0 : isIP(address)
  const bits = family === 4 ? 32 : 128
  const prefixFits = prefix === undefined || (/^(?:0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits)
  if (family !== 0 && prefixFits && rest.length === 0) return { value: text }
  return refused('must be an IP address or a CIDR range such as 10.0.0.0/8')
}
