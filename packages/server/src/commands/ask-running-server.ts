import { request } from 'node:http'
import type { Configuration } from '../config/configuration.ts'
import { RefusedCommand } from './refusals.ts'

/**
 * Has the running server write a backup.
 *
 * It is asked at the address that it listens on: on this machine, since it holds a file of this machine.
 *
 * @throws {RefusedCommand} When it cannot be asked, or does not do it.
 */
export async function askRunningServer({ host, port, adminKey }: Configuration): Promise<{ readonly path: string }> {
  if (adminKey === undefined) {
    throw new RefusedCommand(
      'A server is running: set ADJOURN_ADMIN_KEY to an administrator key, so that it can be asked',
    )
  }
  if (port === 0) throw new RefusedCommand('A server is running: set ADJOURN_PORT to its port, so that it can be asked')
  const { host: at } = addressOf({ host, port })
  const { status, text } = await post(at, port, adminKey)
  const path = status === 200 ? pathIn(text) : undefined
  if (path !== undefined) return { path }
  throw new RefusedCommand(
    status === 401
      ? 'The running server does not know the administrator key in ADJOURN_ADMIN_KEY'
      : `The server at ${at}:${port} did not write a backup (it answered ${status}); its log may say why`,
  )
}

/** Where a server of this configuration is to be asked from the machine that it is on. */
export function addressOf({ host, port }: Pick<Configuration, 'host' | 'port'>): {
  readonly host: string
  readonly port: number
} {
  return { host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port }
}

/** Without a limit on how long it takes: a large database takes its time. */
function post(
  host: string,
  port: number,
  adminKey: string,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { host, port, method: 'POST', path: '/admin/v1/backups', headers: { authorization: `Bearer ${adminKey}` } },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      },
    )
    asking.on('error', (error) => {
      reject(
        new RefusedCommand(`A process holds the database, and no server answers at ${host}:${port}: ${error.message}`),
      )
    })
    asking.end()
  })
}

function pathIn(text: string): string | undefined {
  try {
    const { path } = JSON.parse(text)
    return typeof path === 'string' ? path : undefined
  } catch {
    return undefined
  }
}
