import type { MemberId } from '../../domain/ids.ts'
import type { MemberPage } from '../../operations/find-members.ts'
import { ValidationRefusal, violation } from '../../protocol/identity-errors.ts'

/** Where a page of members begins, as a text that callers give back as it is. */
export function cursorOf(next: NonNullable<MemberPage['next']>): string {
  const parts = typeof next === 'string' ? [next] : [next.createdAt, next.id]
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/**
 * Reads a cursor of a list by age.
 *
 * @throws {ValidationRefusal} When it is none (`cursor`), such as that of another list.
 */
export function readAgeCursor(text: string): { readonly createdAt: number; readonly id: MemberId } {
  const [createdAt, id, ...more] = partsOf(text)
  if (!Number.isSafeInteger(createdAt) || typeof id !== 'string' || more.length > 0) throw notACursor()
  return { createdAt: createdAt as number, id: id as MemberId }
}

/**
 * Reads a cursor of a list by address.
 *
 * @throws {ValidationRefusal} When it is none (`cursor`), such as that of another list.
 */
export function readAddressCursor(text: string): string {
  const [address, ...more] = partsOf(text)
  if (typeof address !== 'string' || more.length > 0) throw notACursor()
  return address
}

function partsOf(text: string): readonly unknown[] {
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    throw notACursor()
  }
  if (!Array.isArray(parts)) throw notACursor()
  return parts
}

function notACursor(): ValidationRefusal {
  return new ValidationRefusal([violation('cursor', 'FORMAT', 'is not the `nextCursor` of such a list')])
}
