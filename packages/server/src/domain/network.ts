import { isIPv4, isIPv6 } from 'node:net'

/** Where a request came from, as far as limits and familiarity care. */
export interface Source {
  /** What attempts are counted for: an IPv4 address, or the /64 that one subscriber has of IPv6. */
  readonly address: string
  /** What a member is known by to have used: the /24 of IPv4, within which addresses change hands, or the same /64. */
  readonly network: string
}

/**
 * Where an address belongs.
 *
 * @param address - As a socket or a proxy tells it. An IPv4 address may be written as an IPv6 one (`::ffff:203.0.113.7`).
 * @returns `undefined` for a text that is no address.
 */
export function sourceOf(address: string): Source | undefined {
  const plain = plainAddress(address)
  if (isIPv4(plain)) return { address: plain, network: `${plain.slice(0, plain.lastIndexOf('.'))}.0/24` }
  if (!isIPv6(plain)) return undefined
  const network = `${groupsOf(plain).slice(0, 4).join(':')}::/64`
  return { address: network, network }
}

/** An address without a zone, and an IPv4 address as one. */
export function plainAddress(address: string): string {
  const withoutZone = address.split('%')[0] ?? ''
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(withoutZone)?.[1] ?? withoutZone
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): readonly string[] {
  const [before = '', after] = address.toLowerCase().split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':').flatMap(asGroups))
  const [first, last] = [groups(before), groups(after ?? '')]
  const left = after === undefined ? 0 : 8 - first.length - last.length
  return [...first, ...Array<string>(left).fill('0'), ...last].map((group) => group.replace(/^0+(?=.)/, ''))
}

/** An IPv4 address at the end of an IPv6 one stands for two groups. */
function asGroups(part: string): readonly string[] {
  if (!part.includes('.')) return [part]
  const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number)
  return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)]
}
