import type { MetricSamples } from '../adapters/metrics/samples.ts'

/** What a worker tells the process that started it. */
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
  /** Somebody asked it what all of them have counted. */
  | { readonly kind: 'samples_wanted'; readonly question: number }
  /** What it has counted itself. */
  | { readonly kind: 'samples'; readonly inquiry: number; readonly samples: readonly MetricSamples[] }

/** What the parent tells a worker. */
export type ParentMessage =
  | { readonly kind: 'count'; readonly inquiry: number }
  /** The answer to `samples_wanted`, of all who answered in time. */
  | { readonly kind: 'samples_of_all'; readonly question: number; readonly samples: readonly MetricSamples[] }

/** What arrived, if it is one of ours: the runtime sends messages of its own on the same way. */
export function workerMessageOf(received: unknown): WorkerMessage | undefined {
  return isOfKind(received, ['serving', 'failed', 'samples_wanted', 'samples'])
    ? (received as WorkerMessage)
    : undefined
}

/** The same of what a worker hears. */
export function parentMessageOf(received: unknown): ParentMessage | undefined {
  return isOfKind(received, ['count', 'samples_of_all']) ? (received as ParentMessage) : undefined
}

function isOfKind(received: unknown, kinds: readonly (WorkerMessage | ParentMessage)['kind'][]): boolean {
  if (typeof received !== 'object' || received === null || !('kind' in received)) return false
  return kinds.some((kind) => kind === received.kind)
}
