/**
 * oidc-provider with access tokens that are JWTs signed with ES256, refresh tokens that may be used again, and no ID token
 * at refresh: the same as Adjourn does for the identity API.
 *
 * Its own adapter for memory keeps the last thousand of all things, so this one is a Map, or a table of SQLite. The grants,
 * sessions and refresh tokens whose names the benchmark made are put in at the start.
 */
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import {
  type Adapter,
  type AdapterPayload,
  type ClientMetadata,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider'

const { BENCH_COOKIES: cookiesFile, BENCH_TOKENS: tokensFile, BENCH_DATABASE: databaseFile } = process.env
const api = 'urn:bench:api'
const scope = 'read offline_access'
const day = 24 * 60 * 60
const now = Math.floor(Date.now() / 1000)

interface Store {
  get(key: string): AdapterPayload | undefined
  set(key: string, payload: AdapterPayload): void
  delete(key: string): void
  byUid(uid: string): AdapterPayload | undefined
  deleteGrant(prefix: string, grantId: string): void
}

function mapStore(): Store {
  const all = new Map<string, AdapterPayload>()
  const uids = new Map<string, string>()
  const grants = new Map<string, Set<string>>()
  return {
    get: (key) => all.get(key),
    set: (key, payload) => {
      all.set(key, payload)
      if (typeof payload['uid'] === 'string') uids.set(payload['uid'], key)
      const { grantId } = payload
      if (grantId === undefined) return
      const members = grants.get(grantId)
      if (members === undefined) grants.set(grantId, new Set([key]))
      else members.add(key)
    },
    delete: (key) => void all.delete(key),
    byUid: (uid) => all.get(uids.get(uid) ?? ''),
    deleteGrant: (prefix, grantId) => {
      for (const key of grants.get(grantId) ?? []) if (key.startsWith(prefix)) all.delete(key)
    },
  }
}

function sqliteStore(file: string): Store {
  const database = new DatabaseSync(file)
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS model (key TEXT PRIMARY KEY, uid TEXT, grant_id TEXT, payload TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS model_by_uid ON model (uid) WHERE uid IS NOT NULL;
    CREATE INDEX IF NOT EXISTS model_by_grant ON model (grant_id) WHERE grant_id IS NOT NULL`)
  const get = database.prepare('SELECT payload FROM model WHERE key = ?')
  const set = database.prepare('INSERT OR REPLACE INTO model (key, uid, grant_id, payload) VALUES (?, ?, ?, ?)')
  const remove = database.prepare('DELETE FROM model WHERE key = ?')
  const byUid = database.prepare('SELECT payload FROM model WHERE uid = ?')
  const removeGrant = database.prepare('DELETE FROM model WHERE grant_id = ? AND key >= ? AND key < ?')
  const payloadOf = (row: Record<string, unknown> | undefined) =>
    row === undefined ? undefined : (JSON.parse(String(row['payload'])) as AdapterPayload)
  database.exec('PRAGMA synchronous = OFF; BEGIN')
  process.nextTick(() => database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA synchronous = FULL'))
  return {
    get: (key) => payloadOf(get.get(key)),
    set: (key, payload) => {
      const { uid, grantId } = payload
      set.run(key, typeof uid === 'string' ? uid : null, grantId ?? null, JSON.stringify(payload))
    },
    delete: (key) => void remove.run(key),
    byUid: (uid) => payloadOf(byUid.get(uid)),
    deleteGrant: (prefix, grantId) => void removeGrant.run(grantId, prefix, `${prefix}\uffff`),
  }
}

const store = databaseFile === undefined ? mapStore() : sqliteStore(databaseFile)

class StoreAdapter implements Adapter {
  readonly #model: string

  constructor(model: string) {
    this.#model = model
  }

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    store.set(`${this.#model}:${id}`, payload)
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return store.get(`${this.#model}:${id}`)
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return store.byUid(uid)
  }

  async findByUserCode(): Promise<undefined> {
    return undefined
  }

  async destroy(id: string): Promise<void> {
    store.delete(`${this.#model}:${id}`)
  }

  async consume(id: string): Promise<void> {
    const found = store.get(`${this.#model}:${id}`)
    if (found !== undefined) store.set(`${this.#model}:${id}`, { ...found, consumed: Math.floor(Date.now() / 1000) })
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    store.deleteGrant(`${this.#model}:`, grantId)
  }
}

/** What a login with consent leaves: a session, a grant, a refresh token. The question before logout has been put already. */
function seed(sessionIds: readonly string[], tokens: readonly string[]): void {
  const lasting = { iat: now, exp: now + 14 * day }
  for (const [index, jti] of tokens.entries()) {
    const accountId = `member-${index}`
    const grantId = `grant-${index}`
    const sessionId = sessionIds[index] ?? ''
    store.set(`Grant:${grantId}`, {
      ...lasting,
      jti: grantId,
      kind: 'Grant',
      accountId,
      clientId: 'bench',
      resources: { [api]: 'read' },
      openid: { scope: 'offline_access' },
    })
    store.set(`RefreshToken:${jti}`, {
      ...lasting,
      jti,
      kind: 'RefreshToken',
      accountId,
      clientId: 'bench',
      grantId,
      gty: 'authorization_code',
      iiat: now,
      resource: api,
      scope,
      sessionUid: `uid-${index}`,
      expiresWithSession: false,
    })
    store.set(`Session:${sessionId}`, {
      ...lasting,
      jti: sessionId,
      kind: 'Session',
      uid: `uid-${index}`,
      accountId,
      loginTs: now,
      authorizations: { bench: { sid: `sid-${index}`, grantId } },
      state: { secret: 'xsrf', clientId: 'bench' },
    })
  }
}

if (cookiesFile !== undefined && tokensFile !== undefined) seed(linesOf(cookiesFile), linesOf(tokensFile))

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const server = createServer()
server.keepAliveTimeout = 72_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const client: ClientMetadata = {
    client_id: 'bench',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['https://shop.example/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    id_token_signed_response_alg: 'ES256',
  }
  const provider = new Provider(url, {
    adapter: StoreAdapter,
    clients: [client],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
    cookies: { keys: ['not signed here'], long: { signed: false }, short: { signed: false } },
    findAccount: (_context: KoaContextWithOIDC, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    rotateRefreshToken: false,
    scopes: ['offline_access', 'read'],
    ttl: { AccessToken: 300, RefreshToken: 14 * day, Session: 14 * day, Grant: 14 * day },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => api,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'read',
          audience: api,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  })
  server.on('request', provider.callback())
  process.stdout.write(`listening on ${url}\n`)
})
process.on('SIGTERM', () => process.exit(0))

function linesOf(file: string): readonly string[] {
  return readFileSync(file, 'latin1').split('\n')
}
