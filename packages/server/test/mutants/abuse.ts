/** Breaks of the limits on attempts. */
import type { Mutant } from './mutant.ts'

const limits = 'packages/server/test/abuse/login-limits.test.ts'
const lock = 'packages/server/test/abuse/account-lock.test.ts'
const saturated = 'packages/server/test/abuse/saturated-limits.test.ts'
const captcha = 'packages/server/test/abuse/captcha.test.ts'
const conformance = [
  'packages/server/test/sqlite-conformance.test.ts',
  'packages/server/test/postgres-conformance-of-administration.test.ts',
] as const

export const mutants: readonly Mutant[] = [
  {
    rows: ['P-08'],
    breaks: 'every wait is as long as the first',
    file: 'packages/server/src/domain/throttle.ts',
    find: 'rule.firstDelayMs * 2 ** Math.min(attempts - rule.allowed, 20)',
    replace: 'rule.firstDelayMs * 2 ** Math.min(attempts - rule.allowed, 0)',
    tests: [limits],
  },
  {
    rows: ['P-08'],
    breaks: 'a password is looked at although the account has to wait',
    file: 'packages/server/src/operations/limit-login.ts',
    find: `if (waitMs > 0) return { outcome: 'throttled', waitMs }`,
    replace: `if (waitMs > 1e12) return { outcome: 'throttled', waitMs }`,
    tests: [limits],
  },
  {
    rows: ['P-08'],
    breaks: 'failures from many addresses add up to nothing',
    file: 'packages/server/src/operations/limit-login.ts',
    find: 'ofAccount: isFamiliar ? here : everywhere,',
    replace: 'ofAccount: here,',
    tests: [limits],
  },
  {
    rows: ['P-08'],
    breaks: 'the right guess among many that arrive at once is accepted',
    file: 'packages/server/src/operations/attempts-under-way.ts',
    find: 'failedSince: () => entry.failed - before,',
    replace: 'failedSince: () => before - before,',
    tests: [limits],
  },
  {
    rows: ['P-08', 'P-07'],
    breaks: 'failures count only for addresses that somebody has',
    file: 'packages/server/src/operations/limit-login.ts',
    find: `      underWay.fail()
      await count(service, all)`,
    replace: `      underWay.fail()
      if (verdict.outcome !== 'unknown_address') await count(service, all)`,
    tests: [limits],
  },
  {
    rows: ['P-08'],
    breaks: 'a hundred failures in a row lock nothing',
    file: 'packages/server/src/operations/limit-login.ts',
    find: `if (isLocked(service, standing, 0)) return { outcome: 'locked' }`,
    replace: `if (isLocked(service, standing, -1e6)) return { outcome: 'locked' }`,
    tests: [lock],
  },
  {
    rows: ['P-08'],
    breaks: 'strangers lock a member out of their own network',
    file: 'packages/server/src/operations/limit-login.ts',
    find: 'const isFamiliar = found.familiarSince !== null',
    replace: 'const isFamiliar = found.familiarSince === -1',
    tests: [lock],
  },
  {
    rows: ['P-08'],
    breaks: 'a login at home opens a lock',
    file: 'packages/server/src/operations/limit-login.ts',
    find: `!(service.locksAccounts && kind === 'login_lock' && attempts >= failuresUntilLocked)`,
    replace: `!(service.locksAccounts && kind === 'login_account' && attempts < 0)`,
    tests: [lock],
  },
  {
    rows: ['P-08'],
    breaks: 'a lock is forgotten by and by',
    file: 'packages/server/src/domain/throttle.ts',
    find: 'expiresAt: isKept ? never : Math.max(forgottenAt, blockedUntil)',
    replace: 'expiresAt: isKept ? Math.max(forgottenAt, 0) : Math.max(forgottenAt, blockedUntil)',
    tests: [lock],
  },
  {
    rows: ['P-08'],
    breaks: 'on PostgreSQL every wait is as long as the first',
    file: 'packages/server/src/adapters/postgres/throttles.ts',
    find: 'first_delay * (1::bigint << least(total - allowed, 20)::int)',
    replace: 'first_delay * (1::bigint << least(total - allowed, 0)::int)',
    tests: [conformance[1]],
  },
  {
    rows: ['P-08'],
    breaks: 'attempts that are counted together on PostgreSQL count as one',
    file: 'packages/server/src/adapters/postgres/throttles.ts',
    find: 'times: (before?.times ?? 0) + 1',
    replace: 'times: before?.times ?? 1',
    tests: [conformance[1]],
  },
  {
    rows: ['P-08'],
    breaks: 'a login that is refused settles the failures before it',
    file: 'packages/server/src/adapters/sqlite/sessions.ts',
    find: `    const member = this.#memberStanding.get(session.memberId)
    if (member === undefined`,
    replace: `    if (settles !== undefined) this.#throttles.settle(settles, session.memberId, asked.at)
    const member = this.#memberStanding.get(session.memberId)
    if (member === undefined`,
    tests: [conformance[0]],
  },
  {
    rows: ['H-06'],
    breaks: 'the token endpoint counts failures and goes on',
    file: 'packages/server/src/operations/limit-failures.ts',
    find: 'if (waitMs > 0) throw new Throttled(waitMs)',
    replace: 'if (waitMs > 1e12) throw new Throttled(waitMs)',
    tests: [saturated],
  },
  {
    rows: ['H-06'],
    breaks: 'registrations are counted and not limited',
    file: 'packages/server/src/operations/limit-requests.ts',
    find: 'if (waitMs > 0) throw new Throttled(waitMs)',
    replace: 'if (waitMs > 1e12) throw new Throttled(waitMs)',
    tests: [saturated],
  },
  {
    rows: ['H-06'],
    breaks: 'a 429 does not say when to try again',
    file: 'packages/server/src/http/errors/answer.ts',
    find: `      retryAfterSeconds: seconds,
      data:`,
    replace: `      retryAfterSeconds: null,
      data:`,
    tests: [saturated],
  },
  {
    rows: ['H-06', 'L-17'],
    breaks: 'whoever may ask for no token may not log out either',
    file: 'packages/server/src/http/logout/route.ts',
    find: `  const { service } = surroundings
  addVary(reply)
  if (isPrefetch`,
    replace: `  const { service } = surroundings
  addVary(reply)
  if (!service.blockedSources.isEmpty) return reply.code(429).send()
  if (isPrefetch`,
    tests: [saturated],
  },
  {
    rows: ['H-07'],
    breaks: 'whoever is no proxy of ours may say from where they come',
    file: 'packages/server/src/http/wire/limited-source.ts',
    find: `  return ({ ip }) => {
    const address = plainAddress(ip)`,
    replace: `  return (request) => {
    const address = plainAddress(String((request as FastifyRequest).headers['x-forwarded-for'] ?? request.ip))`,
    tests: [limits],
  },
  {
    rows: ['P-08'],
    breaks: 'a recovery unlocks an account only for strangers',
    file: 'packages/server/src/adapters/sqlite/throttles.ts',
    find: 'this.forget([key, ...networks.map((network) => keyFromNetwork(key, network))])',
    replace: 'this.forget([key, ...networks.slice(99)])',
    tests: [conformance[0]],
  },
  {
    rows: [],
    breaks: 'a captcha that nobody can verify is taken for a solved one',
    file: 'packages/server/src/adapters/captcha/siteverify.ts',
    find: `    throw new CaptchaUnavailable('The captcha was not verified as the verifier did not answer', { cause: error })`,
    replace: `    return { success: true }`,
    tests: [captcha],
  },
  {
    rows: [],
    breaks: 'a captcha that nobody can verify is taken for a wrong one',
    file: 'packages/server/src/adapters/captcha/siteverify.ts',
    find: `if (codes.every((code) => errorsOfTokens.has(code))) return 'wrong'`,
    replace: `if (codes.length > 0) return 'wrong'`,
    tests: [captcha],
  },
  {
    rows: ['client: captcha tokens'],
    breaks: 'of two tokens in one element only the first is looked at',
    file: 'packages/server/src/operations/assert-captcha.ts',
    find: 'const tokensMost = 2',
    replace: 'const tokensMost = 1',
    tests: [captcha],
  },
  {
    rows: [],
    breaks: 'wrong captchas count for nothing',
    file: 'packages/server/src/operations/assert-captcha.ts',
    find: `error.code === '-19970'`,
    replace: `error.code === '-19971'`,
    tests: [captcha],
  },
]
