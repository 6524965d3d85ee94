/** In which order clients are shown, and which of them are on a page. */
import type { Client } from './client.ts'

/** By what clients are sorted; the first one counts most. Those that are equal in all, and all without one, go by id, descending. */
export type ClientOrder = readonly { readonly by: 'createdDate' | 'name'; readonly descending: boolean }[]

/** Where a client stands in an order. */
export type ClientPlace = Pick<Client, 'id' | 'name' | 'createdAt'>

/** Less than zero where the first one comes first. No two clients are equal. */
export function compareClients(order: ClientOrder, a: ClientPlace, b: ClientPlace): number {
  for (const { by, descending } of order) {
    const difference = by === 'name' ? compareTexts(a.name, b.name) : a.createdAt - b.createdAt
    if (difference !== 0) return descending ? -difference : difference
  }
  return compareTexts(b.id, a.id)
}

/** By code units: the same on every node, whatever language it is set to. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

export interface ClientPage {
  readonly clients: readonly Client[]
  /** Whether there are clients before it, and after it. */
  readonly hasPrevious: boolean
  readonly hasNext: boolean
}

/**
 * The page that lies next to a place, which need not be that of a client any more: so a page begins where the one before
 * ended, whatever was added or deleted since.
 *
 * @param clients - In the order.
 * @param backwards - Whether it is the page that ends before the place; else the one that begins behind it.
 */
export function pageBeside(
  clients: readonly Client[],
  order: ClientOrder,
  { place, backwards, limit }: { readonly place: ClientPlace; readonly backwards: boolean; readonly limit: number },
): ClientPage {
  const begins = clients.findIndex((client) => compareClients(order, client, place) >= 0)
  const at = begins === -1 ? clients.length : begins
  const isTaken = clients[at] !== undefined && compareClients(order, clients[at], place) === 0
  return backwards ? pageFrom(clients, at - limit, at) : pageFrom(clients, isTaken ? at + 1 : at, undefined, limit)
}

/** The first page. */
export function firstPage(clients: readonly Client[], limit: number): ClientPage {
  return pageFrom(clients, 0, undefined, limit)
}

function pageFrom(clients: readonly Client[], from: number, to: number | undefined, limit = 0): ClientPage {
  const begin = Math.max(from, 0)
  const end = Math.min(to ?? begin + limit, clients.length)
  return { clients: clients.slice(begin, end), hasPrevious: begin > 0, hasNext: end < clients.length }
}
