import type { Client, ClientFields } from '../../domain/client.ts'
import type { ClientId, SecretHash, Sid } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Asked } from './asked.ts'

/** A client that was deleted is as if it were not there, to every method but those that end its grants. */
export interface Clients {
  /** GUIDs are compared without regard to case. */
  findClient(id: ClientId): Promise<Client | undefined>
  /** All of them, the oldest first. */
  listClients(): Promise<readonly Client[]>
  /** Adds a client, whose id nobody else has. */
  createClient(creation: ClientCreation): Promise<void>
  /** Changes the fields that are given and leaves the rest. */
  changeClient(change: ClientChange): Promise<ClientChanged>
  /** Gives a client a secret. One that has one keeps it (`has_one`), unless it is to be replaced: then the old one is dead. */
  setClientSecret(secret: NewClientSecret): Promise<ClientChanged | { readonly outcome: 'has_one' }>
  /**
   * Disables a client: its generation is raised and the end of its grants is owed, in one commit. From then on `check` by
   * `sid` and `findRefreshToken` find its grants over, and no code of before is redeemed. Changes nothing for one that is
   * disabled.
   */
  disableClient(act: ClientAct): Promise<ClientChanged>
  /** Lets a disabled client act again. Revives nothing. Changes nothing for one that is not disabled. */
  enableClient(act: ClientAct): Promise<ClientChanged>
  /** Deletes a client, with all that disabling it does. Its row stays until nothing needs it. */
  deleteClient(act: ClientAct): Promise<{ readonly outcome: 'deleted' | 'unknown' }>
  /**
   * A part of what is owed: looks at up to `limit` grants of anybody's, and says which of them are of one client and from
   * before it was disabled or deleted, some of which may have ended. `undefined` when nothing is owed.
   */
  findGrantsToEnd(limit: number): Promise<GrantsToEnd | undefined>
  /** Notes that a part was done. Does nothing where the client was disabled anew since: then all begins from the start. */
  noteGrantsEnded(done: GrantsToEnd): Promise<void>
}

export interface ClientCreation extends Asked {
  readonly client: Client
  readonly actor: Actor
}

/** Which client is meant, and who wants it. */
export interface ClientAct extends Asked {
  readonly clientId: ClientId
  readonly actor: Actor
}

export interface ClientChange extends ClientAct {
  readonly fields: Partial<ClientFields>
}

export interface NewClientSecret extends ClientAct {
  readonly secretHash: SecretHash
  readonly replaces: boolean
}

/** `client` is what it is now. */
export type ClientChanged = { readonly outcome: 'changed'; readonly client: Client } | { readonly outcome: 'unknown' }

export interface GrantsToEnd {
  readonly clientId: ClientId
  readonly generation: number
  readonly sids: readonly Sid[]
  /** The number of the grant behind which this part begins, and that behind which the next one does: `null` after the last. */
  readonly after: number
  readonly next: number | null
}
