import type { DatabaseLocation } from './configuration.ts'
import { type Reading, refused } from './reading.ts'

type PostgresDatabase = Extract<DatabaseLocation, { readonly kind: 'postgres' }>

const url = /^postgres(?:ql)?:\/\/(?:([^/?#@]*)@)?([^/?#@]*)(?:\/([^/?#]*))?(?:\?([^#]*))?$/i
const hostAndPort = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i

const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
const parameterNames = ['application_name', 'connect_timeout', 'host', 'sslmode', 'sslrootcert', 'target_session_attrs']

const defaultPort = 5432
const defaultConnectTimeoutSeconds = 10

/**
 * Reads a PostgreSQL URL as libpq writes it, several hosts included. No problem tells anything of the value: it holds a
 * password, which a character that should have been escaped can put anywhere.
 */
export function readPostgresUrl(text: string): Reading<PostgresDatabase> {
  const [, userInfo = '', authority = '', path = '', query = ''] = url.exec(text) ?? []
  if (!url.test(text)) {
    return refused('must be postgres://user:password@host:port/database, with special characters percent-encoded')
  }
  const problems: string[] = []
  const parameters = new URLSearchParams(query)
  const names = [...parameters.keys()]
  if (names.some((name) => !parameterNames.includes(name)) || new Set(names).size < names.length) {
    problems.push(`may have these parameters, each once: ${parameterNames.join(', ')}`)
  }
  const [user = '', ...passwordParts] = userInfo.split(':')
  const parts = [user, passwordParts.join(':'), path].map(decoded)
  if (parts.includes(undefined)) problems.push('must be percent-encoded correctly')
  if (user === '') problems.push('must name a user')
  if (path === '') problems.push('must name a database after the host')

  const hosts = readHosts(authority, parameters.get('host'))
  if (hosts === undefined) {
    problems.push('must name one host or several, separated by commas, each with a port from 1 to 65535 or none')
  }
  const sslMode = sslModes.find((mode) => mode === (parameters.get('sslmode') ?? 'prefer'))
  if (sslMode === undefined) problems.push(`must have an sslmode of ${sslModes.join(', ')}`)
  const sslRootCertificate = parameters.get('sslrootcert')
  if (sslRootCertificate !== null && sslMode?.startsWith('verify-') === false) {
    problems.push('must have an sslmode of verify-ca or verify-full where it has an sslrootcert')
  }
  if (!['read-write', 'primary', null].includes(parameters.get('target_session_attrs'))) {
    problems.push(
      'must have a target_session_attrs of read-write or primary, since every check is read from the primary',
    )
  }
  const connectTimeout = Number(parameters.get('connect_timeout') ?? defaultConnectTimeoutSeconds)
  if (!Number.isInteger(connectTimeout) || connectTimeout < 1 || connectTimeout > 600) {
    problems.push('must have a connect_timeout from 1 to 600 seconds')
  }
  const [decodedUser, password, database] = parts
  if (
    problems.length > 0 ||
    hosts === undefined ||
    sslMode === undefined ||
    decodedUser === undefined ||
    password === undefined ||
    database === undefined
  ) {
    return { problems }
  }
  return {
    value: {
      kind: 'postgres',
      hosts,
      user: decodedUser,
      password,
      database,
      sslMode,
      sslRootCertificate,
      connectTimeoutMs: connectTimeout * 1000,
      applicationName: parameters.get('application_name') ?? 'adjourn',
    },
  }
}

/** Hosts of the authority, or the directory of a Unix socket, for which an authority has no room. */
function readHosts(authority: string, socket: string | null): PostgresDatabase['hosts'] | undefined {
  if (socket !== null) {
    return authority === '' && socket.startsWith('/') ? [{ host: socket, port: defaultPort }] : undefined
  }
  const hosts: { readonly host: string; readonly port: number }[] = []
  for (const each of authority.split(',')) {
    const [matched, host = '', portText] = hostAndPort.exec(each) ?? []
    const port = Number(portText ?? defaultPort)
    if (matched === undefined || port < 1 || port > 65_535) return undefined
    hosts.push({ host: host.replace(/^\[|\]$/g, ''), port })
  }
  return hosts
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
