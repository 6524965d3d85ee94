import type { DatabaseLocation } from './configuration.ts'
import { readPostgresUrl } from './postgres-url.ts'
import { type Reading, refused } from './reading.ts'

/**
 * Reads a database URL. Nothing of the value but its scheme is ever told, since such URLs carry passwords, also in
 * their query.
 */
export function readDatabaseLocation(text: string): Reading<DatabaseLocation> {
  if (/^postgres(?:ql)?:/i.test(text)) return readPostgresUrl(text)
  if (text === 'sqlite::memory:') return { value: { kind: 'sqlite-memory' } }
  if (!text.startsWith('sqlite:')) {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]
    const seen = scheme === undefined ? '' : `, not ${scheme}:`
    return refused(`must be sqlite: followed by the path of a file, sqlite::memory: or a postgres:// URL${seen}`)
  }
  const path = text.slice('sqlite:'.length)
  if (path === '') return refused('must name a file after sqlite:')
  // `sqlite://data/x.db` reads as a host called `data` to some, and as the file /data/x.db to others.
  if (/^\/\/(?!\/)/.test(path)) return refused('must be written as sqlite:./file or sqlite:/file, without //')
  // SQLite gives a meaning of its own to names that begin with a colon or `file:`, and to parameters.
  if (/^:|^file:|[?#\p{Cc}]/iu.test(path)) return refused('must name a plain file, without parameters')
  return { value: { kind: 'sqlite', path: path.replace(/^\/+/, '/') } }
}
