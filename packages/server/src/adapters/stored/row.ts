/**
 * Reads columns of a row as what they must be. A row is outside input: an older version or another hand wrote it.
 *
 * Each reader throws a RangeError that names the column when the value has another type.
 */
import type { SQLOutputValue } from 'node:sqlite'

export type Row = Readonly<Record<string, SQLOutputValue>>

/** The value of a column. */
type Value = SQLOutputValue | undefined

/** A text, never null. */
export function text(row: Row, column: string): string {
  return asText(row[column], column)
}

/** A text, or null. */
export function textOrNull(row: Row, column: string): string | null {
  return asTextOrNull(row[column], column)
}

/** A whole number, never null. */
export function integer(row: Row, column: string): number {
  return asInteger(row[column], column)
}

/** A whole number, or null. */
export function integerOrNull(row: Row, column: string): number | null {
  return asIntegerOrNull(row[column], column)
}

/** {@link text}, of a value that was found by its place in the row. */
export function asText(value: Value, column: string): string {
  if (typeof value !== 'string') throw unreadable(column, 'text', value)
  return value
}

/** {@link textOrNull}, of a value that was found by its place in the row. */
export function asTextOrNull(value: Value, column: string): string | null {
  return value === null ? null : asText(value, column)
}

/** {@link integer}, of a value that was found by its place in the row. */
export function asInteger(value: Value, column: string): number {
  if (typeof value !== 'number') throw unreadable(column, 'an integer', value)
  return value
}

/** {@link integerOrNull}, of a value that was found by its place in the row. */
export function asIntegerOrNull(value: Value, column: string): number | null {
  return value === null ? null : asInteger(value, column)
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
