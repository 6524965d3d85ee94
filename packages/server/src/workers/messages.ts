/** What a worker tells the process that started it, once. */
export type WorkerMessage =
  /** Requests are served. `newAdministratorKey` is a secret that is shown once: it goes from one process to the other and to nobody else. */
  | {
      readonly kind: 'serving'
      readonly url: string
      readonly firstSteps: string
      readonly newAdministratorKey: string | null
    }
  /** It cannot start, for a reason that an operator can do something about. */
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: number }

/** What arrived, if it is one of ours: the runtime sends messages of its own on the same way. */
export function workerMessageOf(received: unknown): WorkerMessage | undefined {
  if (typeof received !== 'object' || received === null || !('kind' in received)) return undefined
  return received.kind === 'serving' || received.kind === 'failed' ? (received as WorkerMessage) : undefined
}
