/** Requests to the administration API, with the administrator key of every test server. */
import { type Received, send } from './send.ts'
import { administratorKey, type Served } from './test-server.ts'

/** @param path - Below `/admin/v1`. */
export function administer(
  server: Pick<Served, 'url'>,
  method: string,
  path: string,
  json?: unknown,
): Promise<Received> {
  const headers = { authorization: `Bearer ${administratorKey}` }
  return send(`${server.url}/admin/v1${path}`, { method, headers, ...(json === undefined ? {} : { json }) })
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
