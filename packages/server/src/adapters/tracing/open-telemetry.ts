/**
 * Hands spans to whichever OpenTelemetry SDK was registered in this process before. Loaded only where traces are on.
 *
 * What the server does by itself is not traced: there is no request that somebody could follow to it.
 */
import {
  type Attributes,
  context,
  type Link,
  ProxyTracerProvider,
  propagation,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { Batch, StorageObserver } from '../../ports/measurements.ts'
import type { PasswordHasher } from '../../ports/password-hasher.ts'
import type { Storage } from '../../ports/storage.ts'
import type { RequestSpan, RequestTracing } from '../../ports/tracing.ts'

/** What is not a question to the database, or lasts as long as the server. */
const untraced: ReadonlySet<string | symbol> = new Set<keyof Storage>(['clock', 'close', 'followLog'])

/** Traces one server. */
export class Tracing implements RequestTracing {
  readonly #tracer = trace.getTracer('adjourn')

  /** Whether anybody takes the spans. */
  get isRegistered(): boolean {
    const provider = trace.getTracerProvider()
    return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer('adjourn') !== undefined
  }

  beginRequest({ method, route, requestId, headers }: Parameters<RequestTracing['beginRequest']>[0]): RequestSpan {
    const span = this.#tracer.startSpan(
      route === undefined ? method : `${method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': method,
          ...(route === undefined ? {} : { 'http.route': route }),
          'adjourn.request_id': requestId,
        },
      },
      propagation.extract(context.active(), headers),
    )
    const within = trace.setSpan(context.active(), span)
    return {
      run: (work) => context.with(within, work),
      end: (status) => {
        if (status !== undefined) span.setAttribute('http.response.status_code', status)
        if (status === undefined || status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      },
    }
  }

  /** A storage whose calls by requests are spans. */
  storage(storage: Storage): Storage {
    return new Proxy(storage, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function' || untraced.has(name)) return method
        return (...given: readonly unknown[]) =>
          this.#during(`storage ${String(name)}`, () => Reflect.apply(method, target, given))
      },
    })
  }

  /** A hasher whose computations for requests are spans. What was checked, and against whose hash, cannot be told from them. */
  hasher(hasher: PasswordHasher): PasswordHasher {
    return {
      hash: (password) => this.#during('hash password', () => hasher.hash(password)),
      verify: (password, encoded) => this.#during('verify password', () => hasher.verify(password, encoded)),
      verifyDummy: (password) => this.#during('verify password', () => hasher.verifyDummy(password)),
      needsRehash: (encoded) => hasher.needsRehash(encoded),
      problemOfForeign: (encoded) => hasher.problemOfForeign(encoded),
    }
  }

  /** An observer that makes a span of each batch that requests asked for, and tells another observer everything. */
  observer(told: StorageObserver): StorageObserver {
    return {
      origin: () => trace.getActiveSpan()?.spanContext(),
      batchDone: (batch) => {
        told.batchDone(batch)
        this.#traceBatch(batch)
      },
      recorded: (event, cause, times) => told.recorded(event, cause, times),
    }
  }

  /** It belongs to all who asked and is below none of them: it links to their spans. */
  #traceBatch({ kind, size, durationMs, outcome, origins }: Batch): void {
    if (origins.length === 0 || durationMs === null) return
    const links = origins.map((origin): Link => ({ context: origin as SpanContext }))
    const attributes: Attributes = { 'adjourn.batch_size': size, 'adjourn.outcome': outcome }
    const now = performance.now()
    const span = this.#tracer.startSpan(kind, { root: true, links, attributes, startTime: now - durationMs })
    if (outcome !== 'done') span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(now)
  }

  #during<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (trace.getActiveSpan() === undefined) return work()
    return this.#tracer.startActiveSpan(name, (span) => ended(span, work))
  }
}

/** The error's message is not told: it is in the log, and what is in it was written for those who read that. */
async function ended<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown')
    span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}
