import { chainOrigin } from '../../domain/revocation-log.ts'
import { StorageUnavailable } from '../../ports/storage.ts'
import { blob, integer, type Row, textOrNull } from '../stored/row.ts'
import type { Statement } from './parameters.ts'

/** The head of the log as it is, with the site, and the chain at a number that was the head before. */
const text = `
  SELECT h.n, h.chain, (SELECT id FROM site LIMIT 1) AS site, 
    coalesce((SELECT chain FROM log_batch WHERE n = $1), ''::bytea) AS chain_then
  FROM log_head h`

/**
 * Tells the database that was opened from another one that answers in its place: of another installation, or a copy that
 * does not have all that this node has seen. Where the log went through the same link of its chain, all before it is the
 * same.
 */
export class KnownDatabase {
  #site: string | null = null
  #head: { readonly n: number; readonly chain: Uint8Array } = { n: 0, chain: chainOrigin }

  /**
   * Looks at the database that answers now.
   *
   * @throws {StorageUnavailable} When it is not the one that was opened.
   */
  async recognise(ask: (statement: Statement) => Promise<readonly Row[]>): Promise<void> {
    const [site, head] = [this.#site, this.#head]
    const [row] = await ask({ text, parameters: [head.n] })
    if (row === undefined) throw new RangeError('Cannot recognise the database as its log has no head')
    const found = { n: integer(row, 'n'), chain: blob(row, 'chain') }
    const foundSite = textOrNull(row, 'site')
    if (site !== null && foundSite !== site) throw notTheOne('its site is another one')
    if (found.n < head.n) throw notTheOne(`its log ends at ${found.n} and was seen at ${head.n}`)
    if (head.n > 0 && Buffer.compare(blob(row, 'chain_then'), head.chain) !== 0) {
      throw notTheOne(`its log is another one up to ${head.n}`)
    }
    this.#site = foundSite
    if (found.n > this.#head.n) this.#head = found
  }
}

function notTheOne(because: string): StorageUnavailable {
  return new StorageUnavailable(`The database is not the one that was opened: ${because}`, {
    outcome: 'nothing_happened',
  })
}
