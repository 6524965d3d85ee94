import type { AuditEvent } from '../../domain/audit-events.ts'
import type { Client } from '../../domain/client.ts'
import { clientOnceDeleted, clientOnceDisabled, clientOnceEnabled } from '../../domain/client-acts.ts'
import type { ClientId, Sid } from '../../domain/ids.ts'
import type {
  ClientAct,
  ClientChanged,
  ClientCreation,
  Clients,
  GrantsToEnd,
  NewClientSecret,
} from '../../ports/storage.ts'
import { changeableClientColumns, clientColumns } from '../stored/client-columns.ts'
import { clientOf } from '../stored/records.ts'
import { integer, text, textOrNull } from '../stored/row.ts'
import { columnsOfTable } from '../stored/tables.ts'
import type { Access } from './access.ts'
import type { Changes } from './changes.ts'
import type { Statement } from './parameters.ts'
import type { Work } from './work.ts'

const columns = columnsOfTable('client')
// GUIDs are compared without regard to case, and kept in lower case.
const findText = `SELECT ${columns} FROM client WHERE id = lower($1) AND deleted_at IS NULL`
const listText = `SELECT ${columns} FROM client WHERE deleted_at IS NULL ORDER BY created_at, id`

/** The clients of the site, and what is owed of the ends of their grants. */
export function clientMethods({ rows, one, commit }: Access): Clients {
  return {
    findClient: (id) => one(clientOf, findText, id),
    listClients: async () => (await rows(listText)).map(clientOf),
    createClient: (creation) => commit(create(creation)),
    changeClient: ({ fields, ...act }) =>
      commit(
        become(act, 'client.updated', (client) => ({ ...client, ...fields })),
        'apart',
      ),
    setClientSecret: (secret) => commit(setSecret(secret), 'apart'),
    disableClient: (act) =>
      commit(
        become(act, 'client.disabled', (client) => clientOnceDisabled(client, act.at)),
        'apart',
      ),
    enableClient: (act) => commit(become(act, 'client.enabled', clientOnceEnabled), 'apart'),
    deleteClient: (act) => commit(remove(act), 'apart'),
    findGrantsToEnd: async (limit) => {
      const [owing] = await rows(owingText)
      if (owing === undefined) return undefined
      const clientId = text(owing, 'id') as ClientId
      const generation = integer(owing, 'generation')
      const after = integer(owing, 'grants_to_end_after')
      const seen = await rows(grantsText, clientId, generation, after, limit)
      const last = seen.at(-1)
      return {
        clientId,
        generation,
        sids: seen.flatMap((row) => (textOrNull(row, 'sid') as Sid | null) ?? []),
        after,
        next: seen.length < limit || last === undefined ? null : integer(last, 'id'),
      }
    },
    noteGrantsEnded: (done) => commit(noteEnded(done)),
  }
}

const owingText = `
  SELECT id, generation, grants_to_end_after FROM client WHERE grants_to_end_after IS NOT NULL ORDER BY id LIMIT 1`

const grantsText = `
  SELECT id, CASE WHEN client_id = $1 AND client_generation < $2::bigint THEN sid END AS sid
  FROM client_grant WHERE id > $3::bigint ORDER BY id LIMIT $4::bigint`

const names = clientColumns.map(({ name }) => name)
const insertText = `INSERT INTO client (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`

/** The statement that adds a client. */
export function insertClient(client: Client): Statement {
  return { text: insertText, parameters: clientColumns.map(({ of }) => of(client)) }
}

const assignments = changeableClientColumns.map(({ name }, index) => `${name} = $${index + 2}`).join(', ')

function updateClient(client: Client): Statement {
  const parameters = [client.id, ...changeableClientColumns.map(({ of }) => of(client))]
  return { text: `UPDATE client SET ${assignments} WHERE id = $1`, parameters }
}

function create({ client, actor, ...asked }: ClientCreation): Work<void> {
  return () => (_loaded, changes) => {
    changes.write(insertClient(client))
    const { id: clientId, siteId } = client
    changes.tell({ ...asked, siteId, event: 'client.created', actor, clientId })
    return () => undefined
  }
}

/** Holds the client until the commit and writes it as it becomes. */
function become(act: ClientAct, event: AuditEvent, change: (client: Client) => Client): Work<ClientChanged> {
  return (needs) => {
    const place = needs.ask({ text: `${findText} FOR UPDATE`, parameters: [act.clientId] })
    return (loaded, changes) => {
      const [row] = loaded.rows(place)
      const changed = carryOut(changes, act, event, row === undefined ? undefined : clientOf(row), change)
      return () => changed
    }
  }
}

type SecretSet = ClientChanged | { readonly outcome: 'has_one' }

function setSecret({ secretHash, replaces, ...act }: NewClientSecret): Work<SecretSet> {
  return (needs) => {
    const place = needs.ask({ text: `${findText} FOR UPDATE`, parameters: [act.clientId] })
    return (loaded, changes) => {
      const [row] = loaded.rows(place)
      const client = row === undefined ? undefined : clientOf(row)
      const keeps = client !== undefined && client.secretHash !== null && !replaces
      const set: SecretSet = keeps
        ? { outcome: 'has_one' }
        : carryOut(changes, act, 'client.secret_made', client, (before) => ({ ...before, secretHash }))
      return () => set
    }
  }
}

function remove(act: ClientAct): Work<{ readonly outcome: 'deleted' | 'unknown' }> {
  return (needs) => {
    const decide = become(act, 'client.deleted', (client) => clientOnceDeleted(client, act.at))(needs)
    return (loaded, changes) => {
      const deleted = decide(loaded, changes)
      changes.write({
        text: 'UPDATE client SET deleted_at = $2 WHERE id = lower($1) AND deleted_at IS NULL',
        parameters: [act.clientId, act.at],
      })
      return (ended) => ({ outcome: deleted(ended).outcome === 'unknown' ? 'unknown' : 'deleted' })
    }
  }
}

/** Writes a client as it becomes, with its record, unless it stays as it is. */
function carryOut(
  changes: Changes,
  { clientId: _, actor, ...asked }: ClientAct,
  event: AuditEvent,
  before: Client | undefined,
  change: (client: Client) => Client,
): ClientChanged {
  if (before === undefined) return { outcome: 'unknown' }
  const client = change(before)
  if (client === before) return { outcome: 'changed', client }
  changes.write(updateClient(client))
  if (client.generation > before.generation) {
    changes.write({ text: 'UPDATE client SET grants_to_end_after = 0 WHERE id = $1', parameters: [client.id] })
  }
  changes.tell({ ...asked, siteId: client.siteId, event, actor, clientId: client.id })
  return { outcome: 'changed', client }
}

function noteEnded({ clientId, generation, after, next }: GrantsToEnd): Work<void> {
  return () => (_loaded, changes) => {
    changes.write({
      text: `
        UPDATE client SET grants_to_end_after = $4::bigint
        WHERE id = $1 AND generation = $2::bigint AND grants_to_end_after = $3::bigint`,
      parameters: [clientId, generation, after, next],
    })
    return () => undefined
  }
}
