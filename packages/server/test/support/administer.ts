/** Requests to the administration API, with the administrator key of every test server. */
import type { AdministratorRole } from '../../src/domain/administrator.ts'
import { type Permission, permissions } from '../../src/domain/permission.ts'
import { type Received, send } from './send.ts'
import { administratorKey, type Served } from './test-server.ts'

/**
 * @param path - Below `/admin/v1`.
 * @param json - The message, where there is one.
 * @param key - Of the administrator who asks.
 */
export function administer(
  server: Pick<Served, 'url'>,
  method: string,
  path: string,
  json?: unknown,
  key = administratorKey,
): Promise<Received> {
  const headers = { authorization: `Bearer ${key}` }
  return send(`${server.url}/admin/v1${path}`, { method, headers, ...(json === undefined ? {} : { json }) })
}

/** Makes an API key, with every permission unless told. */
export async function addApiKey(
  server: Pick<Served, 'url'>,
  given: readonly Permission[] = permissions,
): Promise<{ readonly id: string; readonly key: string }> {
  const answer = await administer(server, 'POST', '/api-keys', { name: 'The shop', permissions: given })
  if (answer.status !== 200) throw new Error(`The API key was answered ${answer.status}: ${answer.text}`)
  const { apiKey, key } = answer.json<{ apiKey: { id: string }; key: string }>()
  return { id: apiKey.id, key }
}

/** Adds an administrator. */
export async function addAdministrator(
  server: Pick<Served, 'url'>,
  role: AdministratorRole,
): Promise<{ readonly id: string; readonly key: string }> {
  const answer = await administer(server, 'POST', '/administrators', { name: `A ${role}`, role })
  if (answer.status !== 200) throw new Error(`The administrator was answered ${answer.status}: ${answer.text}`)
  const { administrator, key } = answer.json<{ administrator: { id: string }; key: string }>()
  return { id: administrator.id, key }
}

/** Blocks a member; fails unless it is answered with success. */
export async function block(server: Pick<Served, 'url'>, memberId: string): Promise<void> {
  const answer = await administer(server, 'POST', `/members/${memberId}/block`)
  if (answer.status !== 200) throw new Error(`The block was answered ${answer.status}: ${answer.text}`)
}

/** Unblocks a member; fails unless it is answered with success. */
export async function unblock(server: Pick<Served, 'url'>, memberId: string): Promise<void> {
  const answer = await administer(server, 'POST', `/members/${memberId}/unblock`)
  if (answer.status !== 200) throw new Error(`The end of the block was answered ${answer.status}: ${answer.text}`)
}
