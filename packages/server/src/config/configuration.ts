import type { ClientId } from '../domain/ids.ts'
import type { CaptchaProvider } from '../ports/captcha.ts'

/** Where data lives. `path` is relative to the working directory unless it begins with a slash. */
export type DatabaseLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'sqlite-memory' }
  | {
      readonly kind: 'postgres'
      /** In the order in which they are tried. A host that begins with a slash is the directory of a Unix socket. */
      readonly hosts: readonly { readonly host: string; readonly port: number }[]
      readonly user: string
      /** A secret. */
      readonly password: string
      readonly database: string
      readonly sslMode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
      /** The path of a PEM file; `null` for the system's certificates. */
      readonly sslRootCertificate: string | null
      readonly connectTimeoutMs: number
      readonly applicationName: string
    }

/** An SMTP server, and how it is spoken to. */
export interface SmtpLocation {
  readonly host: string
  readonly port: number
  /** `implicit`: from the first byte. `required`: nothing is sent without. `offered`: where the server offers it. */
  readonly encryption: 'implicit' | 'required' | 'offered' | 'none'
  /** The password is a secret. */
  readonly credentials: { readonly user: string; readonly password: string } | null
}

export interface MailFrom {
  /** `null` for the name of the site. */
  readonly name: string | null
  readonly address: string
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const

export type LogLevel = (typeof logLevels)[number]

/** What the environment decides, as plain values. Nothing deeper reads the environment. */
export interface Configuration {
  /** Host name or IP address (IPv6 without brackets) to listen on. */
  readonly host: string
  /** 0 lets the operating system pick a free one. */
  readonly port: number
  /** The origin under which browsers and clients reach the server, without a trailing slash. When absent, it is
   * `http://<host>:<port>`, known once the server listens; the host is then a loopback one. */
  readonly baseUrl: string | undefined
  /** IP addresses and CIDR ranges whose forwarding headers are believed. */
  readonly trustedProxies: readonly string[]
  /** IP addresses and CIDR ranges for which attempts are not counted. */
  readonly unlimitedAddresses: readonly string[]
  readonly database: DatabaseLocation
  /** A secret. When absent, one is made at first start. */
  readonly adminKey: string | undefined
  /** When absent, one is made at first start. */
  readonly bootstrapClientId: ClientId | undefined
  readonly bootstrapRedirectUris: readonly string[]
  readonly bootstrapRedirectDomains: readonly string[]
  /** A secret of 32 bytes. When absent, keys are stored readable. */
  readonly keyEncryptionKey: Uint8Array<ArrayBuffer> | undefined
  /** Origins whose scripts may call the API besides those of clients; `*` for every origin. */
  readonly developmentOrigins: '*' | readonly string[]
  /** When absent, mails are kept in the development mailbox, or wait. */
  readonly smtp: SmtpLocation | undefined
  /** There wherever `smtp` is. */
  readonly mailFrom: MailFrom | undefined
  /** The path of the file. When absent, it depends on the database. */
  readonly witness: string | undefined
  readonly backupDirectory: string
  /** Who verifies captchas, with a secret and perhaps another address. When absent, none has to be solved. */
  readonly captchaProvider: CaptchaProvider | undefined
  /** A secret. */
  readonly captchaSecret: string | undefined
  readonly captchaUrl: string | undefined
  readonly logLevel: LogLevel
  /** A secret. When absent, metrics are for loopback addresses alone. */
  readonly metricsToken: string | undefined
  /** Whether spans are handed to the OpenTelemetry SDK that was registered before the start. */
  readonly traces: boolean
}
