import type { Contender, Installation, Request, Workload } from '../contender.ts'
import type { LoadFigures, LoadPlan } from '../load/plan.ts'
import { generateLoad } from './generator.ts'
import { Witness } from './proof.ts'
import { credentialsFile, readCredentials } from './read-credentials.ts'
import { requestTemplate } from './request-template.ts'
import type { RunningServer } from './run-server.ts'

/** How a load is measured, the same for every contender. */
export interface Profile {
  readonly connections: number
  readonly warmupMs: number
  readonly measureMs: number
  readonly pace: 'saturate' | number
}

/** Sessions at the beginning of the list that are logged out one by one before the load, and at its end that nobody leaves. */
const provenBefore = 20
const untouched = 20
/** Sessions of those that the load has logged out that are looked at afterwards. */
const lookedAtAfter = 500

/** Workloads that end the session whose credential they carry. */
const ending: ReadonlySet<Workload> = new Set(['logout', 'logout-page', 'logout-own-api', 'logout-token'])

/** Starts a contender on fresh data and puts one kind of load on it; see {@link measureLoadOn}. */
export async function measureLoad(
  contender: Contender,
  installation: Installation,
  workload: Workload,
  profile: Profile,
): Promise<LoadFigures> {
  const server = await installation.start()
  try {
    return await measureLoadOn({ contender, installation, server }, workload, profile)
  } finally {
    await server.stop()
  }
}

export interface Running {
  readonly contender: Contender
  readonly installation: Installation
  readonly server: RunningServer
}

/** Some of the sessions whose credentials are known: from the first, counted from 0, to before the last. */
export interface Part {
  readonly from: number
  readonly to: number
}

/**
 * Puts one kind of load on a server. Where the load is logouts, looks from outside before and afterwards whether they end
 * sessions, and nothing else.
 *
 * @param part - The sessions to use, all that are known unless told. Twenty at either end are for the looks from outside.
 * @throws {Disqualified} When they do not.
 * @throws {Error} When an answer is not what it has to be.
 */
export async function measureLoadOn(
  running: Running,
  workload: Workload,
  profile: Profile,
  part?: Part,
): Promise<LoadFigures> {
  const { contender, installation, server } = running
  const request = requestOf(contender, workload)
  const known = readCredentials(installation, request.credential)
  const ends = ending.has(workload)
  const witness = ends && contender.endsSessions ? new Witness(contender, installation, server.port) : undefined
  const { from, to } = part ?? { from: 0, to: known.length }
  const first = from + provenBefore
  const last = to - untouched
  await witness?.seeLogouts(
    workload,
    Array.from({ length: provenBefore }, (_, index) => from + index),
  )
  const figures = await load(running, request, profile, { from: first, to: last, use: ends ? 'once' : 'again' })
  await witness?.seeRefused(spread(first, first + figures.sent, lookedAtAfter), 'after a logout under load')
  await witness?.seeAccepted(
    Array.from({ length: untouched }, (_, index) => last + index),
    'that nobody left',
  )
  return figures
}

/**
 * Warms a server up with one kind of request for sessions that are not measured, for the time that the profile says. They are
 * used again and again; of logouts only the first of each session ends it, and those after it find that nothing is left to do.
 *
 * @throws {Error} When an answer is not what it has to be.
 */
export async function warmUpOn(running: Running, workload: Workload, profile: Profile, part: Part): Promise<void> {
  const request = requestOf(running.contender, workload)
  const { warmupMs: measureMs } = profile
  await load(running, request, { ...profile, warmupMs: 0, measureMs }, { ...part, use: 'again' })
}

async function load(
  { installation, server }: Running,
  request: Request,
  profile: Profile,
  credentials: Pick<LoadPlan, 'from' | 'to' | 'use'>,
): Promise<LoadFigures> {
  const [example = ''] = readCredentials(installation, request.credential)
  const figures = await generateLoad({
    ...profile,
    ...credentials,
    ports: [server.port, ...(server.otherPorts ?? [])],
    template: requestTemplate(request, server.port, example),
    credentialsFile: credentialsFile(installation, request.credential),
    expect: request.expect,
    serverPids: server.pids,
  })
  if (figures.unexpected > 0) {
    throw new Error(`${figures.unexpected} answers were not as expected, such as:\n${figures.unexpectedAnswer}`)
  }
  return figures
}

function requestOf(contender: Contender, workload: Workload): Request {
  const request = contender.requests[workload]
  if (request === undefined) throw new Error(`${contender.name} knows no ${workload}`)
  return request
}

/** Numbers from the first to before the last, evenly spread, at most so many. */
function spread(from: number, to: number, most: number): readonly number[] {
  const count = Math.min(most, to - from)
  return Array.from({ length: count }, (_, index) => from + Math.floor((index * (to - from)) / count))
}
