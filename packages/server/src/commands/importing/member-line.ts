import { type Line, lineBytesMax } from './lines.ts'

/** What a line says: a member, nothing at all, or why it says nothing that can be sent. */
export type ReadLine =
  | { readonly member: object; readonly bytes: number }
  | { readonly blank: true }
  | { readonly problem: string }

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Reads a line. No problem quotes anything of it: there are password hashes in the file. */
export function readMemberLine({ bytes }: Pick<Line, 'bytes'>): ReadLine {
  if (bytes === undefined) return { problem: `is longer than ${lineBytesMax} bytes` }
  let text: string
  try {
    text = decoder.decode(bytes).trim()
  } catch {
    return { problem: 'is not UTF-8' }
  }
  if (text === '') return { blank: true }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { problem: 'is not valid JSON' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { problem: 'is not a JSON object' }
  return { member: value, bytes: bytes.length }
}
