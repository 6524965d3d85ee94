/**
 * Reads columns of a row as what they must be. A row is outside input: an older version or another hand wrote it.
 *
 * Each reader throws a RangeError that names the column when the value has another type.
 */
import type { SQLOutputValue } from 'node:sqlite'

export type Row = Readonly<Record<string, SQLOutputValue>>

/** A text, never null. */
export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw unreadable(column, 'text', value)
  return value
}

/** A text, or null. */
export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column)
}

/** A whole number, never null. */
export function integer(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw unreadable(column, 'an integer', value)
  return value
}

/** A whole number, or null. */
export function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column)
}

/** Bytes, never null. */
export function blob(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw unreadable(column, 'bytes', value)
  return value
}

/** A 0 or 1 as a boolean. */
export function flag(row: Row, column: string): boolean {
  return integer(row, column) === 1
}

/** A JSON text that holds a list of strings. */
export function texts(row: Row, column: string): readonly string[] {
  const value: unknown = JSON.parse(text(row, column))
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new RangeError(`Cannot read column ${column} as a list of texts`)
  }
  return value
}

/** A JSON text that holds an object. */
export function object(row: Row, column: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text(row, column))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RangeError(`Cannot read column ${column} as an object`)
  }
  return { ...value }
}

function unreadable(column: string, wanted: string, value: unknown): RangeError {
  return new RangeError(`Cannot read column ${column} as ${wanted}: it is ${value === null ? 'null' : typeof value}`)
}
