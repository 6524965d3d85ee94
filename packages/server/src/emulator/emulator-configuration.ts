import type { Configuration } from '../config/configuration.ts'
import { options } from '../config/options.ts'
import { ConfigurationError, parseConfiguration } from '../config/parse-configuration.ts'
import { isLoopbackHost } from '../domain/web-url.ts'
import { emulatorAdministratorKey, emulatorClientId } from './fixed-values.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Settings whose value an emulator has by itself. To pass over another one in silence would let somebody rely on it. */
const settled = [options.adminKey, options.bootstrapClientId]

/**
 * Reads the configuration of an emulator from the environment: that of a server, with everything in memory, every origin
 * allowed, and the fixed client and administrator key.
 *
 * @throws {ConfigurationError} As `parseConfiguration` does; when the host or the base URL is not a loopback one; when a
 *   database, an administrator key or a client id is named, or an SMTP server, which an emulator does not take.
 */
export function emulatorConfiguration(environment: Environment): Configuration {
  // First of all, and alone: of a host that is reached from elsewhere the reading would ask for a base URL, in vain.
  const elsewhere = reachedFromElsewhere(environment)
  if (elsewhere.length > 0) throw new ConfigurationError(elsewhere)
  const configuration = parseConfiguration(environment)
  const ignored = notTaken(environment, configuration)
  if (ignored.length > 0) throw new ConfigurationError(ignored)
  return {
    ...configuration,
    database: { kind: 'sqlite-memory' },
    adminKey: emulatorAdministratorKey,
    bootstrapClientId: emulatorClientId,
    developmentOrigins: '*',
  }
}

/** Everybody knows its administrator key, and whoever reaches it may set its clock. */
function reachedFromElsewhere(environment: Environment): readonly string[] {
  const host = environment[options.host.name] ?? ''
  const baseUrl = environment[options.baseUrl.name] ?? ''
  const rule = 'must be a loopback one for "adjourn dev", which nobody on another machine may reach'
  const problems: string[] = []
  if (host !== '' && !isLoopbackHost(host)) problems.push(`${options.host.name} ${rule}`)
  // What is no URL at all is told by the reading.
  if (URL.canParse(baseUrl) && !isLoopbackHost(new URL(baseUrl).hostname)) {
    problems.push(`${options.baseUrl.name} ${rule}`)
  }
  return problems
}

function notTaken(environment: Environment, { database }: Configuration): readonly string[] {
  const isSet = ({ name }: { readonly name: string }) => (environment[name] ?? '') !== ''
  return [
    ...(isSet(options.database) && database.kind !== 'sqlite-memory'
      ? [`${options.database.name} must not be set for "adjourn dev", which keeps everything in memory`]
      : []),
    ...settled
      .filter(isSet)
      .map(({ name }) => `${name} must not be set for "adjourn dev", which has one that is always the same`),
    ...(isSet(options.smtp)
      ? [
          `${options.smtp.name} must not be set for "adjourn dev", which sends no mail and keeps all of them in its mailbox`,
        ]
      : []),
  ]
}
