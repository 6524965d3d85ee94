import { type Results, summary } from './results.ts'

/** What the project promises of its speed, as a quantity that one run measures on both sides. */
export interface Goal {
  readonly name: string
  readonly quantity: string
  /** `more`: the quantity shall be at least so much. `less`: at most. */
  readonly better: 'more' | 'less'
  readonly must: number
  readonly aim: number
  readonly value: (results: Results) => Value | undefined
  /** For what is counted: how many there were, where they are too few to say anything. */
  readonly tooFew?: (results: Results) => number | undefined
}

/** The ratio of the medians, and the lowest and highest of the rounds' own ratios. */
export interface Value {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface JudgedGoal {
  readonly name: string
  readonly quantity: string
  readonly better: Goal['better']
  readonly must: number
  readonly aim: number
  readonly value: Value | null
  /** How much was counted, where it was not enough. */
  readonly tooFew: number | null
  /** `null` where it was not measured, or a contender was disqualified. */
  readonly mustHeld: boolean | null
  readonly aimHeld: boolean | null
}

/** A figure of a row of a scenario. */
interface Place {
  readonly scenario: string
  readonly entry: string
  readonly figure: string
}

const perSecond = (scenario: string, entry: string): Place => ({ scenario, entry, figure: 'perSecond' })
const at = (scenario: string, entry: string, figure: string): Place => ({ scenario, entry, figure })
const adjourn = 'adjourn-sqlite'
const million = 1_000_000

/** In the order of their numbers. All are for SQLite with `synchronous=FULL` and one process, unless they say otherwise. */
const goals: readonly Goal[] = [
  atLeast('1', 'durable logouts by cookie / naive durable logout', 5, 8, [
    perSecond('logout', adjourn),
    perSecond('logout', 'naive'),
  ]),
  atLeast('2', 'durable logouts by cookie / bare node:http', 0.18, 0.28, [
    perSecond('logout', adjourn),
    perSecond('logout', 'bare-http'),
  ]),
  atLeast('3', 'durable logouts by cookie / better-auth', 25, 45, [
    perSecond('logout', adjourn),
    perSecond('logout', 'better-auth'),
  ]),
  atLeast('3', 'durable logouts by cookie / Auth.js', 10, 17, [
    perSecond('logout', adjourn),
    perSecond('logout', 'auth-js'),
  ]),
  atLeast('3', 'durable logouts by cookie / express-session', 8, 14, [
    perSecond('logout', adjourn),
    perSecond('logout', 'express-session'),
  ]),
  atLeast('4', 'durable logouts by access token / better-auth by cookie', 20, 40, [
    perSecond('logout-token', adjourn),
    perSecond('logout-token', 'better-auth'),
  ]),
  atLeast('4', 'durable logouts by access token / better-auth by bearer token', 20, 40, [
    perSecond('logout-token', adjourn),
    perSecond('logout-token', 'better-auth-bearer'),
  ]),
  atMost('5', 'p99 at 1,000 logouts a second / naive durable logout', 0.5, 0.25, [
    at('steady', adjourn, 'p99Ms'),
    at('steady', 'naive', 'p99Ms'),
  ]),
  atMost('6', 'logouts at saturation: p99 / p50', 15, 8, [
    at('logout', adjourn, 'p99Ms'),
    at('logout', adjourn, 'p50Ms'),
  ]),
  atLeast('7', 'session checks / bare node:http', 0.35, 0.6, [
    perSecond('check', adjourn),
    perSecond('check', 'bare-http'),
  ]),
  atLeast('7', 'session checks / better-auth', 20, 45, [
    perSecond('check', adjourn),
    perSecond('check', 'better-auth'),
  ]),
  atLeast('8', 'refreshes with a new ES256 access token / oidc-provider in memory', 2, 3, [
    perSecond('refresh', adjourn),
    perSecond('refresh', 'oidc-provider-memory'),
  ]),
  atLeast('9', 'password logins / bare argon2id', 0.85, 0.93, [
    perSecond('login', 'logins'),
    perSecond('login', 'bare-argon2'),
  ]),
  atMost('9', 'p99 of logouts while logins saturate / while nobody logs in', 5, 2, [
    at('login', 'logout-meanwhile', 'p99Ms'),
    at('login', 'logout-idle', 'p99Ms'),
  ]),
  atLeast('10', 'logouts at 5,000,000 stored sessions / at 10,000', 0.7, 0.9, [
    perSecond('scale', 'many'),
    perSecond('scale', 'few'),
  ]),
  atMost('11', 'resident memory with 1,000,000 stored sessions / with none', 2, 1.3, [
    at('memory', 'many', 'rssMib'),
    at('memory', 'none', 'rssMib'),
  ]),
  atMost('12', 'start to first answer / Fastify alone', 2, 1.4, [
    at('startup', 'adjourn-built', 'firstAnswerMs'),
    at('startup', 'fastify-alone', 'firstAnswerMs'),
  ]),
  atMost('12', 'start to first answer / better-auth', 0.8, 0.5, [
    at('startup', 'adjourn-built', 'firstAnswerMs'),
    at('startup', 'better-auth', 'firstAnswerMs'),
  ]),
  noneAccepted('13', 'accepted after the logout, of 1,000,000 requests', adjourn),
  noneAccepted('13', 'accepted by the other of two processes on PostgreSQL, of 1,000,000', 'adjourn-postgres-twice'),
  atLeast('PostgreSQL', 'logouts with shared commits / a commit each', 3, 3, [
    perSecond('postgres-logout', 'adjourn-postgres'),
    perSecond('postgres-logout', 'adjourn-postgres-unshared'),
  ]),
  atLeast('PostgreSQL', 'logouts / express-session on PostgreSQL', 10, 10, [
    perSecond('postgres-logout', 'adjourn-postgres'),
    perSecond('postgres-logout', 'express-session-postgres'),
  ]),
  atLeast('PostgreSQL', 'checks for each second of processor time, two processes / one, on every core', 0.85, 0.85, [
    at('postgres-check', 'two-on-every-core-128', 'perServerCpuSecond'),
    at('postgres-check', 'one-on-every-core', 'perServerCpuSecond'),
  ]),
  atLeast('PostgreSQL', 'the same, the connections of the one split among the two', 0.85, 0.85, [
    at('postgres-check', 'two-on-every-core', 'perServerCpuSecond'),
    at('postgres-check', 'one-on-every-core', 'perServerCpuSecond'),
  ]),
  atLeast('PostgreSQL', 'the same, both processes on one core', 0.85, 0.85, [
    at('postgres-check', 'twice-as-many-connections', 'perServerCpuSecond'),
    at('postgres-check', 'adjourn-postgres', 'perServerCpuSecond'),
  ]),
  atLeast('PostgreSQL', 'the same, on one core and the connections split', 0.85, 0.85, [
    at('postgres-check', 'adjourn-postgres-twice', 'perServerCpuSecond'),
    at('postgres-check', 'adjourn-postgres', 'perServerCpuSecond'),
  ]),
]

/** What each goal came to. */
export function judgeGoals(results: Results): readonly JudgedGoal[] {
  return goals.map(({ value, tooFew, ...goal }) => {
    const found = value(results)
    const holds = (bound: number) =>
      found === undefined ? null : goal.better === 'more' ? found.median >= bound : found.median <= bound
    const judged = { mustHeld: holds(goal.must), aimHeld: holds(goal.aim) }
    return { ...goal, value: found ?? null, tooFew: tooFew?.(results) ?? null, ...judged }
  })
}

function atLeast(name: string, quantity: string, must: number, aim: number, of: readonly [Place, Place]): Goal {
  return { name, quantity, better: 'more', must, aim, value: (results) => ratio(results, of) }
}

function atMost(name: string, quantity: string, must: number, aim: number, of: readonly [Place, Place]): Goal {
  return { name, quantity, better: 'less', must, aim, value: (results) => ratio(results, of) }
}

/** Counted over all rounds, and only once there were enough of them. */
function noneAccepted(name: string, quantity: string, entry: string): Goal {
  const count = ({ scenarios }: Results) => {
    const found = scenarios['after-logout']?.entries[entry]
    const total = (figure: string) => (found?.rounds ?? []).reduce((sum, round) => sum + (round[figure] ?? 0), 0)
    return { attempts: total('attempts'), accepted: total('accepted'), disqualified: found?.disqualified !== undefined }
  }
  const value = (results: Results): Value | undefined => {
    const { attempts, accepted, disqualified } = count(results)
    if (disqualified) return { median: 1, min: 1, max: 1 }
    return attempts < million ? undefined : { median: accepted, min: accepted, max: accepted }
  }
  const tooFew = (results: Results) => {
    const { attempts, disqualified } = count(results)
    return disqualified || attempts === 0 || attempts >= million ? undefined : attempts
  }
  return { name, quantity, better: 'less', must: 0, aim: 0, value, tooFew }
}

function ratio(results: Results, [over, under]: readonly [Place, Place]): Value | undefined {
  const [ours, theirs] = [over, under].map(({ scenario, entry, figure }) => {
    const found = results.scenarios[scenario]?.entries[entry]
    if (found === undefined || found.disqualified !== undefined) return undefined
    return { middle: summary(found.rounds, figure)?.median, rounds: found.rounds.map((round) => round[figure] ?? 0) }
  })
  if (ours?.middle === undefined || theirs?.middle === undefined || theirs.middle === 0) return undefined
  const each = ours.rounds.flatMap((figure, round) => {
    const other = theirs.rounds[round]
    return other === undefined || other === 0 ? [] : [figure / other]
  })
  return { median: ours.middle / theirs.middle, min: Math.min(...each), max: Math.max(...each) }
}
