/** Where a PostgreSQL database is, and how it is reached. Holds a password: never to be logged as a whole. */
export interface PostgresLocation {
  readonly kind: 'postgres'
  /** Tried in order until one lets us in and takes writes. A host that begins with a slash is a socket's directory. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  readonly user: string
  readonly password: string
  readonly database: string
  /** In libpq's words. `prefer` and `require` encrypt without knowing to whom. */
  readonly sslMode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  /** Path of a PEM file with the certificates to trust instead of the system's. */
  readonly sslRootCertificate: string | null
  readonly connectTimeoutMs: number
  readonly applicationName: string
}
