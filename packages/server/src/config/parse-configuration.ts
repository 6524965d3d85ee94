import { isLoopbackHost } from '../domain/web-url.ts'
import { closestName } from './closest-name.ts'
import type { Configuration } from './configuration.ts'
import { type Option, options } from './options.ts'
import type { Reading } from './reading.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The environment cannot be used. `problems` holds every reason, each a sentence that names its variable. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Reads the whole configuration from the environment. An empty variable counts as one that is not set, which is what
 * compose files and shells make of a value that is missing. Variables that do not begin with `ADJOURN_` are not ours.
 *
 * It touches nothing outside: whether the address can be bound and the file opened shows only at the start.
 *
 * @throws {ConfigurationError} With every problem at once: values that break a rule, combinations that do, and
 *   `ADJOURN_` names that no option has, which are most often misspelt and would otherwise be ignored in silence.
 */
export function parseConfiguration(environment: Environment): Configuration {
  const problems = [
    ...unknownNames(environment),
    ...Object.values(options).flatMap((option) => problemsOf(option.name, readOption<unknown>(option, environment))),
    ...missingBaseUrl(environment),
    ...missingSender(environment),
    ...halfACaptcha(environment),
  ]
  if (problems.length > 0) throw new ConfigurationError(problems)
  const take = <T>(option: Option<T>): T => {
    const reading = readOption(option, environment)
    if ('value' in reading) return reading.value
    throw new ConfigurationError(problemsOf(option.name, reading))
  }
  return {
    host: take(options.host),
    port: take(options.port),
    baseUrl: take(options.baseUrl),
    trustedProxies: take(options.trustedProxies),
    unlimitedAddresses: take(options.unlimitedAddresses),
    database: take(options.database),
    adminKey: take(options.adminKey),
    bootstrapClientId: take(options.bootstrapClientId),
    bootstrapRedirectUris: take(options.bootstrapRedirectUris),
    bootstrapRedirectDomains: take(options.bootstrapRedirectDomains),
    keyEncryptionKey: take(options.keyEncryptionKey),
    developmentOrigins: take(options.developmentOrigins),
    smtp: take(options.smtp),
    mailFrom: take(options.mailFrom),
    witness: take(options.witness),
    backupDirectory: take(options.backupDirectory),
    captchaProvider: take(options.captchaProvider),
    captchaSecret: take(options.captchaSecret),
    captchaUrl: take(options.captchaUrl),
    logLevel: take(options.logLevel),
    metricsToken: take(options.metricsToken),
    traces: take(options.traces),
  }
}

function readOption<T>(option: Option<T>, environment: Environment): Reading<T> {
  const text = environment[option.name] ?? ''
  if (text !== '') return option.read(text)
  return 'defaultText' in option ? option.read(option.defaultText) : { value: option.absent }
}

function problemsOf(name: string, reading: Reading<unknown>): readonly string[] {
  return 'problems' in reading ? reading.problems.map((problem) => `${name} ${problem}`) : []
}

/** What programs beside the server are told by, which may well be set where it is started: the bridge of a site, its address. */
const ofOtherPrograms: readonly string[] = ['ADJOURN_URL']

function unknownNames(environment: Environment): readonly string[] {
  const known: readonly string[] = Object.values(options).map(({ name }) => name)
  const isOurs = (name: string) => name.startsWith('ADJOURN_') && !ofOtherPrograms.includes(name)
  return Object.entries(environment)
    .filter(([name, text]) => isOurs(name) && (text ?? '') !== '' && !known.includes(name))
    .map(([name]) => `${name} is not an option; the closest name is ${closestName(name, known)}`)
}

/** `http://<host>:<port>` would be no URL for anybody else when the host is `0.0.0.0`, and no safe one otherwise. */
function missingBaseUrl(environment: Environment): readonly string[] {
  const host = readOption(options.host, environment)
  const isSet = (environment[options.baseUrl.name] ?? '') !== ''
  if (isSet || 'problems' in host || isLoopbackHost(host.value)) return []
  return [
    `${options.baseUrl.name} is needed when ${options.host.name} is not a loopback address: it is "${host.value}", ` +
      'and the server cannot know under which https URL it is reached',
  ]
}

/** No address could be guessed: mail from one that the relay does not know ends among the unwanted. */
function missingSender(environment: Environment): readonly string[] {
  const isSet = ({ name }: { readonly name: string }) => (environment[name] ?? '') !== ''
  if (!isSet(options.smtp) || isSet(options.mailFrom)) return []
  return [`${options.mailFrom.name} is needed when ${options.smtp.name} is set: it is the address that mails come from`]
}

/** Whoever set one of them means captchas to be verified, which takes both. */
function halfACaptcha(environment: Environment): readonly string[] {
  const isSet = ({ name }: { readonly name: string }) => (environment[name] ?? '') !== ''
  const { captchaProvider, captchaSecret, captchaUrl } = options
  if (![captchaProvider, captchaSecret, captchaUrl].some(isSet)) return []
  return [captchaProvider, captchaSecret]
    .filter((option) => !isSet(option))
    .map(({ name }) => `${name} is needed as well for captchas to be verified`)
}
