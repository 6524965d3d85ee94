/** What the load generator is asked to do and what it answers, as JSON on its standard input and output. */

export interface LoadPlan {
  /** Connections are spread evenly among them. */
  readonly ports: readonly number[]
  readonly connections: number
  /** A whole HTTP/1.1 request for each request to be sent is made of this, with the credential in place of `{credential}`. */
  readonly template: string
  /** A file with a credential in each line. */
  readonly credentialsFile: string
  /** The lines to take, from the first (counted from 0) to before the last. */
  readonly from: number
  readonly to: number
  /** `once`: a credential is used for one request, and the load ends where there is none left. `again`: from the beginning. */
  readonly use: 'once' | 'again'
  /** What every answer must be. */
  readonly expect: Expectation
  /** `saturate`: every connection sends as soon as it was answered. Otherwise requests a second, whatever the answers. */
  readonly pace: 'saturate' | number
  readonly warmupMs: number
  readonly measureMs: number
  /** The processes whose processor time and memory are read; their children count too. */
  readonly serverPids: readonly number[]
}

export interface Expectation {
  readonly status: number
  /** A text that the body must hold, for servers that answer 200 to everybody. */
  readonly bodyHolds?: string
}

export interface LoadFigures {
  /** Answers in the measured window. */
  readonly answers: number
  readonly seconds: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Answers, of warm-up and window, that were not as expected. A measurement with any is worth nothing. */
  readonly unexpected: number
  /** One of them, to tell what happened. */
  readonly unexpectedAnswer: string | null
  /** Requests sent in all: which credentials have been used. */
  readonly sent: number
  /** Part of one processor core that the generator itself used: near 1, the figure is the generator's and not the server's. */
  readonly generatorCpu: number
  /** Processor seconds of the server in the window. */
  readonly serverCpuSeconds: number
  /** Resident memory of the server at the end of the window. */
  readonly serverRssBytes: number
  /** Whether the credentials ran out before the time did. */
  readonly ranOut: boolean
}
