/**
 * Rows as parameters: one array for each column, in PostgreSQL's own notation, so that a statement is the same text for
 * one row and for ten thousand.
 */
export type ColumnType = 'text' | 'bigint' | 'bytea' | 'boolean'

type Value = string | number | boolean | Uint8Array | null

/** A column of the rows that a statement takes: its name, its type, and where its value comes from. */
export interface Column<Row> {
  readonly name: string
  readonly type: ColumnType
  readonly of: (row: Row) => Value
}

/** A statement with its parameters. */
export interface Statement {
  readonly text: string
  readonly parameters: readonly Parameter[]
}

export type Parameter = string | number | boolean | Uint8Array | null

/** An array parameter. */
export function arrayOf(values: Iterable<Value>): string {
  const parts: string[] = []
  for (const value of values) parts.push(element(value))
  return `{${parts.join(',')}}`
}

/** The array parameters of rows, a column each. */
export function columnsOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): readonly string[] {
  return columns.map(({ of }) => arrayOf(rows.map(of)))
}

/** `unnest(…) AS alias(…)`, which makes rows of those parameters again. `first` is the number of the first parameter. */
export function unnestOf<Row>(columns: readonly Column<Row>[], alias: string, first = 1): string {
  const arrays = columns.map(({ type }, index) => `$${first + index}::${type}[]`).join(', ')
  return `unnest(${arrays}) AS ${alias}(${columns.map(({ name }) => name).join(', ')})`
}

/** A statement that inserts rows in their order. */
export function insertOf<Row>(table: string, columns: readonly Column<Row>[]): (rows: readonly Row[]) => Statement {
  const names = columns.map(({ name }) => name).join(', ')
  const text = `INSERT INTO ${table} (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM ${unnestOf(columns, 'r')}`
  return (rows) => ({ text, parameters: columnsOf(columns, rows) })
}

function element(value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (typeof value === 'string') return `"${value.replace(/["\\]/g, '\\$&')}"`
  return `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}"`
}

/**
 * A join that looks rows up by an index, one after the other, whatever the planner thinks of the table's size: a plan
 * that is made while a table is small is kept when it is large, and would then read all of it.
 */
export function lookUp(table: string, alias: string, where: string): string {
  return `CROSS JOIN LATERAL (SELECT * FROM ${table} x WHERE ${where} OFFSET 0) ${alias}`
}

/** The same, where there may be no row. */
export function lookUpIfAny(table: string, alias: string, where: string): string {
  return `LEFT JOIN LATERAL (SELECT * FROM ${table} x WHERE ${where} OFFSET 0) ${alias} ON true`
}
