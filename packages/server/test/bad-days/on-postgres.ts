/** What can happen to a PostgreSQL database, its server or the way to it, and what makes it good again. */
import { PostgresServer } from '../support/postgres-server.ts'
import { PostgresServerDatabase } from '../support/server-database.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import type { BadDays, Damage, FragileDatabase } from './fragile-database.ts'

/** Where a database lies: on a server that can be killed, and behind a proxy that can be cut. */
interface Place {
  readonly server: PostgresServer
  readonly name: string
  readonly proxy: TcpProxy
}

type Strike = (place: Place) => Promise<() => Promise<void>>

const strikes: readonly (Damage & { readonly strike: Strike })[] = [
  { what: 'full', canRead: true, everyWay: true, strike: fillUp },
  { what: 'killed', canRead: false, everyWay: true, strike: kill },
  { what: 'out of reach', canRead: false, everyWay: false, strike: cutOff },
  { what: 'taking no writes, as one that is no primary any more', canRead: false, everyWay: false, strike: demote },
]

/** Starts a server that nobody else is harmed by. */
export async function badDaysOnPostgres(): Promise<BadDays> {
  const server = await PostgresServer.start()
  return {
    damages: strikes,
    newDatabase: async () => {
      const name = await server.createDatabase()
      return new FragilePostgres({ server, name, proxy: await TcpProxy.start(server.port) })
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

class FragilePostgres implements FragileDatabase {
  readonly database: PostgresServerDatabase
  readonly #place: Place
  #mend: (() => Promise<void>) | undefined

  constructor(place: Place) {
    this.database = new PostgresServerDatabase(place.server, place.name, place.proxy.port)
    this.#place = place
  }

  async damage(what: string): Promise<() => Promise<void>> {
    const found = strikes.find((each) => each.what === what)
    if (found === undefined) throw new RangeError(`Nothing is known that leaves a database ${what}`)
    this.#mend = await found.strike(this.#place)
    // A node learns that a connection is over a little later; what it has sent until then may be done, for all it knows.
    if (!found.canRead) await this.#place.proxy.isDeserted()
    return () => this.#mendAll()
  }

  failNextCommit(reached: boolean): void {
    const { proxy } = this.#place
    void (reached ? proxy.cutBeforeAnswer('COMMIT\0') : proxy.cutBeforeQuestion({ text: 'COMMIT\0' }))
  }

  /** There is another by its name afterwards, in which nothing is. */
  async remove(): Promise<void> {
    const { server, name } = this.#place
    await server.dropDatabase(name)
    await server.createDatabase('empty', name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A test that failed in the middle leaves nothing broken for the next.
    await this.#mendAll()
    await this.database[Symbol.asyncDispose]()
    await this.#place.proxy[Symbol.asyncDispose]()
  }

  async #mendAll(): Promise<void> {
    const mend = this.#mend
    this.#mend = undefined
    await mend?.()
  }
}

async function kill({ server }: Place) {
  await server.kill()
  return () => server.startAgain()
}

async function cutOff({ proxy }: Place) {
  proxy.become('refusing')
  proxy.cut()
  return async () => proxy.become('fair')
}

async function demote({ server, name }: Place) {
  await server.alterDatabase(name, 'SET default_transaction_read_only = on')
  await server.disconnect(name)
  return () => server.alterDatabase(name, 'RESET default_transaction_read_only')
}

/** Every write is refused as PostgreSQL refuses it when the disk has no room. */
async function fillUp({ server, name }: Place) {
  const look = server.look(name)
  await look.unsafe(`
    CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
    END $$;
    DO $$ DECLARE name text; BEGIN
      FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON %I EXECUTE FUNCTION disk_is_full()', name);
      END LOOP;
    END $$`)
  return async () => {
    await look`DROP FUNCTION disk_is_full CASCADE`
    await look.end({ timeout: 1 })
  }
}
