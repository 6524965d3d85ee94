import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { block } from '../support/administer.ts'
import { FailingStorage } from '../support/failing-storage.ts'
import { authorizeQuery, loginByForm, password, signedInMember } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const exporter = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const storage = new FailingStorage()
let server: TestServer
beforeAll(async () => {
  provider.register()
  server = await startTestServer({ decorateStorage: storage.decorate, environment: { ADJOURN_TRACES: 'on' } })
})
afterEach(() => storage.mend())
afterAll(async () => {
  await server.close()
  await provider.shutdown()
})

/** The spans of one piece of work, in the order in which they ended. */
async function spansOf(work: () => Promise<unknown>): Promise<readonly ReadableSpan[]> {
  await server.quiet()
  exporter.reset()
  await work()
  await server.quiet()
  return exporter.getFinishedSpans()
}

const named = (spans: readonly ReadableSpan[], name: string) => {
  const found = spans.filter((span) => span.name === name)
  if (found.length !== 1)
    throw new Error(`There are ${found.length} spans "${name}": ${spans.map((each) => each.name)}`)
  return found[0] as ReadableSpan
}

test('a request is a span, and what it asks of the database and of the hasher lies below it', async () => {
  const { email } = await signedInMember(server)
  let requestId: unknown
  const spans = await spansOf(async () => {
    const answer = await send(`${server.url}/v2/login`, { json: { loginId: { email }, password } })
    requestId = answer.headers['x-wix-request-id']
  })
  const request = named(spans, 'POST /v2/login')
  expect(request.kind).toBe(SpanKind.SERVER)
  expect(request.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/v2/login',
    'http.response.status_code': 200,
    'adjourn.request_id': requestId,
  })
  expect(request.parentSpanContext).toBeUndefined()
  for (const name of ['storage findMemberByEmail', 'verify password', 'storage startSession']) {
    const span = named(spans, name)
    expect(span.parentSpanContext?.spanId, name).toBe(request.spanContext().spanId)
    expect(span.spanContext().traceId).toBe(request.spanContext().traceId)
    expect(span.status.code).toBe(SpanStatusCode.UNSET)
  }
})

test('the span of a caller who sends one is above that of the request', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const spans = await spansOf(() => send(`${server.url}/v1/sessions/current`, { headers: { traceparent } }))
  const request = named(spans, 'GET /v1/sessions/current')
  expect(request.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c')
  expect(request.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
})

test('what is no such thing is passed over, and the request is served', async () => {
  for (const traceparent of ['nonsense', '00-0-0-00', `00-${'f'.repeat(500)}`, '']) {
    const spans = await spansOf(() => send(`${server.url}/healthz`, { headers: { traceparent } }))
    expect(named(spans, 'GET /healthz').parentSpanContext).toBeUndefined()
  }
})

test('a commit is a span of its own that links to the calls of all who shared it', async () => {
  const members = await Promise.all(Array.from({ length: 4 }, () => signedInMember(server)))
  const spans = await spansOf(() =>
    Promise.all(
      members.map(({ accessToken: authorization }) => send(`${server.url}/v1/logout`, { headers: { authorization } })),
    ),
  )
  const commits = spans.filter(({ name }) => name === 'commit')
  expect(commits.length).toBeGreaterThan(0)
  const sizes = commits.map(({ attributes }) => Number(attributes['adjourn.batch_size']))
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(4)
  const linked = commits.flatMap(({ links }) => links.map(({ context }) => context.spanId))
  const ends = spans.filter(({ name }) => name === 'storage endSessions').map((span) => span.spanContext().spanId)
  expect(linked.toSorted()).toEqual(ends.toSorted())
  for (const commit of commits) {
    expect(commit.parentSpanContext).toBeUndefined()
    expect(commit.attributes['adjourn.outcome']).toBe('done')
  }
})

test('a span fails with the database, without telling what the error says; a refusal does not', async () => {
  const { accessToken, cookie } = await signedInMember(server)
  storage.reject('unknown', 'endSessions')
  const failed = await spansOf(() => send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } }))
  const call = named(failed, 'storage endSessions')
  expect(call.attributes).toEqual({ 'error.type': 'StorageUnavailable' })
  expect([call.status, call.events]).toEqual([{ code: SpanStatusCode.ERROR }, []])
  expect(named(failed, 'GET /v1/logout').status).toEqual({ code: SpanStatusCode.ERROR })
  storage.mend()
  await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
  const refused = await spansOf(() => send(`${server.url}/v1/sessions/current`, { headers: { cookie } }))
  const request = named(refused, 'GET /v1/sessions/current')
  expect([request.status.code, request.attributes['http.response.status_code']]).toEqual([SpanStatusCode.UNSET, 401])
})

test('A-03: no span holds a secret, an address, a password or who it was about', async () => {
  const secrets = new Set<string>([password])
  const spans = await spansOf(async () => {
    const member = await signedInMember(server)
    const cookie = await loginByForm(server, member.email)
    for (const secret of [
      member.accessToken,
      member.refreshToken,
      member.sessionToken,
      member.email,
      member.memberId,
    ]) {
      secrets.add(secret)
    }
    for (const held of [member.cookie, cookie]) secrets.add(held.split('=')[1] ?? '')
    await send(`${server.url}/oauth2/authorize?${authorizeQuery(server.client, { sessionToken: member.sessionToken })}`)
    await send(`${server.url}/${member.refreshToken}?password=${encodeURIComponent(password)}`)
    await send(`${server.url}/admin/v1/members/${member.memberId}/${member.accessToken}`)
    await block(server, member.memberId)
    await send(`${server.url}/v1/logout`, { headers: { authorization: member.accessToken, cookie } })
  })
  expect(spans.length).toBeGreaterThan(20)
  const told = JSON.stringify(
    spans.map(({ name, attributes, events, status, links, resource }) => [
      name,
      attributes,
      events,
      status,
      links,
      resource.attributes,
    ]),
  )
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret)]) expect(told.includes(form), form).toBe(false)
  }
  const unrouted = spans.filter(({ name }) => name === 'GET')
  expect(unrouted).toHaveLength(2)
  for (const { attributes } of unrouted) expect(attributes).not.toHaveProperty('http.route')
})

test('where traces are off nothing is traced, also with an SDK that is there for something else', async () => {
  await using untraced = await startTestServer()
  exporter.reset()
  const { accessToken } = await signedInMember(untraced)
  await send(`${untraced.url}/v1/logout`, { headers: { authorization: accessToken } })
  expect(exporter.getFinishedSpans()).toEqual([])
})
