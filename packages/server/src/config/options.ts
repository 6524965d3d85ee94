/**
 * The one table of options: parsing reads it, and so does the reference page. An option whose other value could only be
 * a mistake is not in it.
 */

import type { ClientId } from '../domain/ids.ts'
import { isGuid } from '../domain/ids.ts'
import { redirectDomainProblem, redirectUriProblem } from '../domain/redirects.ts'
import { captchaProviders } from '../ports/captcha.ts'
import { readCaptchaProvider, readCaptchaSecret, readCaptchaUrl } from './captcha.ts'
import { type Configuration, type LogLevel, logLevels } from './configuration.ts'
import { readDatabaseLocation } from './database-location.ts'
import { readHost, readNetwork, readPort } from './listening.ts'
import { readMailFrom, readSmtpUrl } from './mail.ts'
import { readBaseUrl, readDevelopmentOrigins } from './origins.ts'
import { type Reading, readList, refused, shown } from './reading.ts'
import { readBearerSecret, readKeyEncryptionKey } from './secrets.ts'

/** One option. `description` is Markdown, in full sentences. */
export type Option<T> = {
  readonly name: `ADJOURN_${string}`
  readonly description: string
  readonly read: (text: string) => Reading<T>
} & (
  | {
      /** The text that is read when the variable is not set. */
      readonly defaultText: string
    }
  | {
      /** The value when the variable is not set, and what that means, in words for the reference. */
      readonly absent: T
      readonly absentMeans: string
    }
)

export const options: { readonly [Key in keyof Configuration]: Option<Configuration[Key]> } = {
  host: {
    name: 'ADJOURN_HOST',
    defaultText: '127.0.0.1',
    description: 'Host name or IP address to listen on. An IPv6 address is written without brackets.',
    read: readHost,
  },
  port: {
    name: 'ADJOURN_PORT',
    defaultText: '8787',
    description: 'Port to listen on. `0` picks a free one.',
    read: readPort,
  },
  baseUrl: {
    name: 'ADJOURN_BASE_URL',
    absent: undefined,
    absentMeans: '`http://<host>:<port>`',
    description:
      'Origin under which browsers and clients reach the server; it becomes the issuer of every token. ' +
      '`https`, or `http` for `localhost`, `127.0.0.0/8` and `[::1]`; no path, query, fragment or user information. ' +
      'Needed when `ADJOURN_HOST` is not a loopback address.',
    read: readBaseUrl,
  },
  trustedProxies: {
    name: 'ADJOURN_TRUSTED_PROXIES',
    absent: [],
    absentMeans: 'none',
    description:
      'IP addresses and CIDR ranges, separated by commas, of the proxies in front of the server. ' +
      'Forwarding headers are believed from these peers only. Where the base URL is https, what they say in `X-Forwarded-Proto` was sent to them without TLS is refused, but for the probes and the metrics.',
    read: (text) => readList(text, readNetwork),
  },
  unlimitedAddresses: {
    name: 'ADJOURN_UNLIMITED_ADDRESSES',
    defaultText:
      '127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,169.254.0.0/16,fc00::/7,fe80::/10',
    description:
      'IP addresses and CIDR ranges, separated by commas, through which many people come, such as those of your own ' +
      'servers that call the API: attempts are not counted for them, only for the accounts that they name. Takes the place ' +
      'of the default, which are the addresses that are not public. See [limits](limits.md).',
    read: (text) => readList(text, readNetwork),
  },
  database: {
    name: 'ADJOURN_DATABASE_URL',
    defaultText: 'sqlite:./data/adjourn.db',
    description:
      'Where data is kept: `sqlite:` and the path of a file; `sqlite::memory:` for data that is gone when the server ' +
      'stops; or `postgres://user:password@host:port/database` (version 14 or later), with which any number of servers ' +
      'may share one database. Several hosts are separated by commas and tried in order until one takes writes. ' +
      'Parameters after `?`: `sslmode` (`disable`, `prefer`, `require`, `verify-ca`, `verify-full`; not set: `prefer`), ' +
      '`sslrootcert`, `connect_timeout` in seconds, `application_name`, `target_session_attrs`, and `host` for the ' +
      'directory of a Unix socket. A secret when it holds a password.',
    read: readDatabaseLocation,
  },
  adminKey: {
    name: 'ADJOURN_ADMIN_KEY',
    absent: undefined,
    absentMeans: 'made at first start and printed once',
    description:
      'First administrator key. A secret of at least 32 characters, printable ASCII without spaces and commas. Read at the ' +
      'first start only.',
    read: readBearerSecret,
  },
  bootstrapClientId: {
    name: 'ADJOURN_BOOTSTRAP_CLIENT_ID',
    absent: undefined,
    absentMeans: 'made at first start and printed',
    description: 'Client ID, a GUID, of the first client. Read at the first start only.',
    read: readClientId,
  },
  bootstrapRedirectUris: {
    name: 'ADJOURN_BOOTSTRAP_REDIRECT_URIS',
    absent: [],
    absentMeans:
      '`http://localhost:4321/callback` and `http://127.0.0.1:4321/callback` under a loopback base URL, otherwise none',
    description:
      'Redirect URIs of the first client, separated by commas (a comma within a URI is written `%2C`). They match ' +
      'character for character; one `*` in the host of an `https` URI stands for part of a label. Read at the first start only.',
    read: (text) => readList(text, accordingTo(redirectUriProblem)),
  },
  bootstrapRedirectDomains: {
    name: 'ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS',
    absent: [],
    absentMeans: '`localhost` and `127.0.0.1` under a loopback base URL, otherwise none',
    description:
      'Hosts, separated by commas, to any URL of which the first client may redirect after logout. ' +
      'Each with or without a port; subdomains are not included. Read at the first start only.',
    read: (text) => readList(text, accordingTo(redirectDomainProblem)),
  },
  keyEncryptionKey: {
    name: 'ADJOURN_KEY_ENCRYPTION_KEY',
    absent: undefined,
    absentMeans: 'none: keys are stored readable, and the start says so',
    description:
      'Key that wraps the signing and MAC keys in the database. A secret of exactly 32 bytes in base64 or base64url.',
    read: readKeyEncryptionKey,
  },
  developmentOrigins: {
    name: 'ADJOURN_DEVELOPMENT_ORIGINS',
    absent: [],
    absentMeans: 'none',
    description:
      'Origins, separated by commas, whose scripts may call the API besides the origins of registered clients. ' +
      '`*` alone allows every origin.',
    read: readDevelopmentOrigins,
  },
  smtp: {
    name: 'ADJOURN_SMTP_URL',
    absent: undefined,
    absentMeans:
      'none: under a loopback base URL and host mails are kept in the development mailbox, `/dev/mailbox`; elsewhere they wait, and the start says so',
    description:
      'SMTP server that mails are handed to: `smtp://user:password@host:port` (port 587 when none is given) or `smtps://` for ' +
      'one that is encrypted from the first byte (465). Over `smtp://` the connection is encrypted by STARTTLS: `?starttls=required`, ' +
      'which it is by itself where there is a password and the host is not a loopback one; `offered`, where the server offers ' +
      'it; `none`. A secret when it holds a password.',
    read: readSmtpUrl,
  },
  mailFrom: {
    name: 'ADJOURN_MAIL_FROM',
    absent: undefined,
    absentMeans: 'none',
    description:
      'Sender of mails: `no-reply@shop.example`, or `The Shop <no-reply@shop.example>`; without a name it is that of the ' +
      'site. Needed when `ADJOURN_SMTP_URL` is set.',
    read: readMailFrom,
  },
  witness: {
    name: 'ADJOURN_WITNESS',
    absent: undefined,
    absentMeans: 'beside a SQLite file, with `-witness` after its name; `./data/<database>-witness` for PostgreSQL',
    description:
      'File that says how far the database had come when this server last saw it, so that a backup that was put back is ' +
      'noticed. Keep it where it is not put back together with the database. Each machine has one of its own.',
    read: (text) => ({ value: text }),
  },
  backupDirectory: {
    name: 'ADJOURN_BACKUP_DIRECTORY',
    defaultText: './data/backups',
    description: 'Directory into which the running server writes backups; made when it is needed.',
    read: (text) => ({ value: text }),
  },
  captchaProvider: {
    name: 'ADJOURN_CAPTCHA_PROVIDER',
    absent: undefined,
    absentMeans: 'none: no captcha has to be solved',
    description:
      `Who verifies the captcha that registering and logging in by the API then demand: ${captchaProviders.map((each) => `\`${each}\``).join(', ')}. ` +
      'Needs `ADJOURN_CAPTCHA_SECRET`. See [limits](limits.md).',
    read: readCaptchaProvider,
  },
  captchaSecret: {
    name: 'ADJOURN_CAPTCHA_SECRET',
    absent: undefined,
    absentMeans: 'none',
    description: 'The secret that the provider gave for the site key of your widgets. A secret.',
    read: readCaptchaSecret,
  },
  captchaUrl: {
    name: 'ADJOURN_CAPTCHA_URL',
    absent: undefined,
    absentMeans: "the provider's own address",
    description:
      'Where captchas are verified, in place of the address of the provider; whatever answers there speaks the same `siteverify` ' +
      'protocol. `https`, or `http` for `localhost`, `127.0.0.0/8` and `[::1]`.',
    read: readCaptchaUrl,
  },
  logLevel: {
    name: 'ADJOURN_LOG_LEVEL',
    defaultText: 'info',
    description: `Least severe level that is logged: ${logLevels.map((level) => `\`${level}\``).join(', ')}.`,
    read: readLogLevel,
  },
  metricsToken: {
    name: 'ADJOURN_METRICS_TOKEN',
    absent: undefined,
    absentMeans:
      'metrics are there where both `ADJOURN_HOST` and the base URL are loopback addresses, and nowhere else',
    description:
      'What has to be presented as `Authorization: Bearer …` to read `/metrics`. A secret of at least 32 characters, printable ' +
      'ASCII without spaces and commas.',
    read: readBearerSecret,
  },
  traces: {
    name: 'ADJOURN_TRACES',
    defaultText: 'off',
    description:
      '`on` hands spans to the OpenTelemetry SDK that was registered before the start, such as by `node --import`; see ' +
      '[observability](observability.md).',
    read: readSwitch,
  },
}

function readClientId(text: string): Reading<ClientId> {
  if (isGuid(text)) return { value: text as ClientId }
  return refused(`must be a GUID, such as 6f1d4a5e-0c1b-4d7e-9a57-2f6f0b9f3c11, not ${shown(text)}`)
}

function readLogLevel(text: string): Reading<LogLevel> {
  const level = logLevels.find((each) => each === text)
  return level === undefined ? refused(`must be one of ${logLevels.join(', ')}, not ${shown(text)}`) : { value: level }
}

function readSwitch(text: string): Reading<boolean> {
  return text === 'on' || text === 'off' ? { value: text === 'on' } : refused(`must be on or off, not ${shown(text)}`)
}

/** Reads an entry that has nothing to convert, only a rule to keep. */
function accordingTo(problemOf: (entry: string) => string | undefined): (entry: string) => Reading<string> {
  return (entry) => {
    const problem = problemOf(entry)
    return problem === undefined ? { value: entry } : refused(problem)
  }
}
