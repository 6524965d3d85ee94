/** What a query of OAuth apps asks for, and how its pages are told. */
import { type Static, Type } from 'typebox'
import type { Client } from '../../domain/client.ts'
import { type ClientOrder, type ClientPage, type ClientPlace, firstPage, pageBeside } from '../../domain/client-page.ts'
import { type ClientId, isGuid } from '../../domain/ids.ts'
import { ValidationRefusal, type ViolatedRule, violation } from '../../protocol/identity-errors.ts'
import { optional } from '../wire/validation.ts'

const limitDefault = 50
const limitMax = 100
const sortsMax = 3

const limit = optional(Type.Integer({ minimum: 0, maximum: limitMax }))

export const query = optional(
  Type.Object({
    filter: optional(Type.Object({}, { description: 'By `id` alone: `{"id": "…"}` or `{"id": {"$eq": "…"}}`' })),
    sort: optional(
      Type.Array(
        Type.Object({
          fieldName: Type.String({ description: '`createdDate` or `name`' }),
          order: optional(Type.Enum(['ASC', 'DESC'])),
        }),
        { description: 'Up to 3' },
      ),
    ),
    paging: optional(Type.Object({ limit, offset: optional(Type.Integer({ minimum: 0 })) })),
    cursorPaging: optional(Type.Object({ limit, cursor: optional(Type.String({ maxLength: 4096 })) })),
  }),
)

export const pagingMetadata = Type.Object({
  count: Type.Integer(),
  offset: Type.Optional(Type.Integer()),
  total: Type.Optional(Type.Integer()),
  tooManyToCount: Type.Optional(Type.Boolean()),
  cursors: Type.Optional(Type.Object({ next: Type.Optional(Type.String()), prev: Type.Optional(Type.String()) })),
})

type Query = NonNullable<Static<typeof query>>

/** Which clients are meant, in which order, and which page of them. */
export interface ClientQuery {
  readonly id: ClientId | null
  readonly order: ClientOrder
  readonly page:
    | { readonly by: 'offset'; readonly offset: number; readonly limit: number }
    | { readonly by: 'cursor'; readonly from: CursorPlace | null; readonly limit: number }
}

interface CursorPlace {
  readonly place: ClientPlace
  readonly backwards: boolean
}

/**
 * Reads a query. With a cursor, filter and order are those of the query that it came of.
 *
 * @throws {ValidationRefusal} When it asks for what is not offered.
 */
export function readQuery(asked: Query | null | undefined): ClientQuery {
  const { filter, sort, paging, cursorPaging } = asked ?? {}
  if (paging != null && cursorPaging != null) throw refused('query.cursorPaging', 'OTHER', 'excludes paging')
  if (cursorPaging == null) {
    const page = { by: 'offset', offset: paging?.offset ?? 0, limit: paging?.limit ?? limitDefault } as const
    return { id: idOf(filter), order: orderOf(sort), page }
  }
  const size = cursorPaging.limit ?? limitDefault
  if (cursorPaging.cursor == null || cursorPaging.cursor === '') {
    return { id: idOf(filter), order: orderOf(sort), page: { by: 'cursor', from: null, limit: size } }
  }
  const { id, order, place, backwards } = readCursor(cursorPaging.cursor)
  return { id, order, page: { by: 'cursor', from: { place, backwards }, limit: size } }
}

function idOf(filter: object | null | undefined): ClientId | null {
  const fields = Object.entries(filter ?? {})
  const [field] = fields
  if (field === undefined) return null
  const [name, wanted] = field
  const equal: unknown = typeof wanted === 'object' && wanted !== null ? onlyFieldOf(wanted, '$eq') : wanted
  if (fields.length > 1 || name !== 'id' || typeof equal !== 'string') {
    throw refused('query.filter', 'OTHER', 'may ask for one id alone, by $eq')
  }
  if (!isGuid(equal)) throw refused('query.filter.id', 'FORMAT', 'must be a GUID')
  return equal.toLowerCase() as ClientId
}

function onlyFieldOf(value: object, name: string): unknown {
  const entries = Object.entries(value)
  return entries.length === 1 && entries[0]?.[0] === name ? entries[0][1] : undefined
}

function orderOf(sort: Query['sort']): ClientOrder {
  if (sort == null) return []
  if (sort.length > sortsMax) throw refused('query.sort', 'MAX_LENGTH', `must have at most ${sortsMax} entries`)
  return sort.map(({ fieldName, order }, index) => {
    if (fieldName !== 'createdDate' && fieldName !== 'name') {
      throw refused(`query.sort.${index}.fieldName`, 'OTHER', 'must be createdDate or name')
    }
    return { by: fieldName, descending: order === 'DESC' }
  })
}

/** The clients of the page that is asked for, and what is told of it. `clients` are all that the query means, in its order. */
export function pageOf(clients: readonly Client[], { id, order, page }: ClientQuery) {
  if (page.by === 'offset') {
    const { offset } = page
    const shown = clients.slice(offset, offset + page.limit)
    const told = { count: shown.length, offset, total: clients.length, tooManyToCount: false }
    return { clients: shown, pagingMetadata: told }
  }
  const found: ClientPage =
    page.from === null
      ? firstPage(clients, page.limit)
      : pageBeside(clients, order, { ...page.from, limit: page.limit })
  const [first, last] = [found.clients[0], found.clients.at(-1)]
  const cursor = (place: ClientPlace, backwards: boolean) => writeCursor({ id, order, place, backwards })
  return {
    clients: found.clients,
    pagingMetadata: {
      count: found.clients.length,
      cursors: {
        ...(found.hasNext && last !== undefined ? { next: cursor(last, false) } : {}),
        ...(found.hasPrevious && first !== undefined ? { prev: cursor(first, true) } : {}),
      },
    },
  }
}

type Cursor = Pick<ClientQuery, 'id' | 'order'> & CursorPlace

/** Nothing in it is secret, and nothing in it is believed: it says what its holder could have asked for as well. */
function writeCursor({ id, order, place, backwards }: Cursor): string {
  const sorts = order.map(({ by, descending }) => [by, descending])
  const list = [id, sorts, place.id, place.name, place.createdAt, backwards]
  return Buffer.from(JSON.stringify(list)).toString('base64url')
}

function readCursor(cursor: string): Cursor {
  const list = listIn(cursor)
  if (list?.length !== 6) throw badCursor()
  const [id, sorts, placeId, name, createdAt, backwards] = list
  if (id !== null && !(typeof id === 'string' && isGuid(id))) throw badCursor()
  if (typeof placeId !== 'string' || typeof name !== 'string' || typeof backwards !== 'boolean') throw badCursor()
  if (!Number.isSafeInteger(createdAt) || !Array.isArray(sorts) || sorts.length > sortsMax) throw badCursor()
  const order: ClientOrder = sorts.map((sort: unknown) => {
    const [by, descending]: readonly unknown[] = Array.isArray(sort) ? sort : []
    if ((by !== 'createdDate' && by !== 'name') || typeof descending !== 'boolean') throw badCursor()
    return { by, descending }
  })
  const place = { id: placeId as ClientId, name, createdAt: Number(createdAt) }
  return { id: id as ClientId | null, order, place, backwards }
}

function listIn(cursor: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function badCursor(): ValidationRefusal {
  return refused('query.cursorPaging.cursor', 'FORMAT', 'is none that a page of this query was answered with')
}

function refused(field: string, rule: ViolatedRule, says: string): ValidationRefusal {
  return new ValidationRefusal([violation(field, rule, says)])
}
