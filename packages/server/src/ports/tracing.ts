/** What belongs together in time: spans, for who collects them. Never told a secret, an id of a person or an address. */
export interface RequestTracing {
  /**
   * Begins the span of a request, below that of its caller where its headers name one.
   *
   * @param request.route - The documented address; `undefined` for what no route takes, whose address strangers choose.
   */
  beginRequest(request: {
    readonly method: string
    readonly route: string | undefined
    readonly requestId: string
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  }): RequestSpan
}

export interface RequestSpan {
  /** Runs work whose own spans, also those of what it waits for, lie below this one. */
  run(work: () => void): void
  /** Ends it. `status` is `undefined` where nothing was answered, as the caller went away. */
  end(status: number | undefined): void
}
