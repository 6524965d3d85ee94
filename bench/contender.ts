/** What the benchmark knows of a contender: how it is set up, how it is started, and what is sent to it. */
import type { Expectation } from './load/plan.ts'
import type { PostgresCluster } from './running/postgres-cluster.ts'
import type { RunningServer } from './running/run-server.ts'

export interface Contender {
  /** As it is written on the command line. */
  readonly name: string
  /** As it stands in tables. */
  readonly title: string
  /** Whether its logout is to end a session for good. A server that only answers is a ceiling: nobody asks it for proof. */
  readonly endsSessions: boolean
  readonly requests: Readonly<Partial<Record<Workload, Request>>>
  /** Makes data with so many live sessions, from which fresh copies are started. Done once for a run. */
  install(wanted: Wanted): Promise<Installation>
}

export type Workload = 'logout' | 'logout-page' | 'logout-own-api' | 'logout-token' | 'check' | 'refresh' | 'login'

/** One request. Every text may hold `{credential}`, once in all; `{clientId}` is filled in by the installation. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly credential: CredentialKind
  readonly expect: Expectation
  /** For checks: the answer for a session that has ended. */
  readonly refused?: Expectation
}

export type CredentialKind = 'cookie' | 'accessToken' | 'refreshToken' | 'account'

export interface Wanted {
  /** A directory of its own. */
  readonly directory: string
  /** Live sessions stored. */
  readonly sessions: number
  /** How many of them have credentials that are known and can be sent; not more than there are sessions. */
  readonly known: number
  /** A file with Adjourn's own answers, for contenders that answer the same (see `adjourn/recorded-answers.ts`). */
  readonly answersFile: string
  /** What Node is told besides, as it starts a server. */
  readonly nodeFlags: readonly string[]
  /** The PostgreSQL server of this run, started when it is first asked for. */
  postgres(): Promise<PostgresCluster>
}

export interface Installation {
  /** Files with a credential in each line; line n of each file is of the same session. */
  readonly credentials: Readonly<Partial<Record<CredentialKind, string>>>
  /** Starts a process on a fresh copy of the data. */
  start(more?: Readonly<Record<string, string>>): Promise<RunningServer>
}
