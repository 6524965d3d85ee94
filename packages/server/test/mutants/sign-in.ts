import type { Mutant } from './mutant.ts'

const src = 'packages/server/src'
const register = 'packages/server/test/sign-in/register.test.ts'
const forgotten = 'packages/server/test/sign-in/forgotten-password.test.ts'
const appearance = 'packages/server/test/sign-in/appearance.test.ts'

/** Breaks of what the tests of the pages for signing in show. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['P-07'],
    breaks: 'a registration with an address that somebody has says so',
    file: `${src}/operations/register-in-browser.ts`,
    find: `  if (found !== undefined) return tellOfAccount(service, { site, registration, attempts, member: found, emailKey })`,
    replace: `  if (found !== undefined) throw new ApplicationRefusal('-19995', 'A member has this address')`,
    tests: [register],
  },
  {
    rows: ['P-07'],
    breaks: 'the page tells of codes that no registration waits for',
    file: `${src}/http/sign-in/problem-of.ts`,
    find: `if (error.code === 'VERIFICATION_FAILED') return`,
    replace: `if (error.code === 'VERIFICATION_FAILED' && error.data['because'] !== 'unknown') return`,
    tests: [register],
  },
  {
    rows: ['P-07'],
    breaks: 'another code can be asked for only where a registration waits',
    file: `${src}/operations/verify-during-authentication.ts`,
    find: `    if (!(error instanceof ApplicationRefusal && error.code === 'VERIFICATION_FAILED')) throw error`,
    replace: '    throw error',
    tests: [register],
  },
  {
    rows: ['P-12'],
    breaks: 'the code of one registration is good for another',
    file: `${src}/operations/verify-during-authentication.ts`,
    find: 'isRight: service.proofs.isCode(id, codesSent, code),',
    replace: 'isRight: code.length === 6,',
    tests: [register],
  },
  {
    rows: ['S-02'],
    breaks: 'a registration leaves the session of the old cookie alive',
    file: `${src}/operations/verify-in-browser.ts`,
    find: '  if (cookieSecret === undefined) return',
    replace: '  if (cookieSecret !== undefined) return',
    tests: [register],
  },
  {
    rows: ['C-07'],
    breaks: 'the wish to stay signed in is lost on the way to the code',
    file: `${src}/http/sign-in/code.ts`,
    find: "    remember: fieldOf(form, 'remember') !== '',",
    replace: '    remember: false,',
    tests: [register],
  },
  {
    rows: ['H-06'],
    breaks: 'registrations by the page are not counted',
    file: `${src}/operations/register-in-browser.ts`,
    find: `  const attempts = await admitRequest(service, {`,
    replace: `  const attempts = [] as Awaited<ReturnType<typeof admitRequest>>
  void ({`,
    tests: [register],
  },
  {
    rows: ['H-06'],
    breaks: 'the page for a new password answers a limit with an error page',
    file: `${src}/http/sign-in/problem-of.ts`,
    find: '  if (error instanceof Throttled) return throttled(reply, error)\n',
    replace: '',
    tests: [register],
  },
  {
    rows: [],
    breaks: 'nobody is asked whether the site takes new members',
    file: `${src}/http/sign-in/register.ts`,
    find: `  if (site.settings.registration === 'closed') return sendClosed(visit)
  sendPage`,
    replace: '  sendPage',
    tests: [register],
  },
  {
    rows: [],
    breaks: 'another site can have links mailed',
    file: `${src}/http/sign-in/forgotten-password.ts`,
    find: '    assertOwnForm(surroundings.service, request)\n',
    replace: '',
    tests: [forgotten],
  },
  {
    rows: ['H-02'],
    breaks: 'a page may load pictures from anywhere',
    file: `${src}/http/pages/content-security-policy.ts`,
    find: 'new URL(picture).origin',
    replace: "'*'",
    tests: ['packages/server/src/http/pages/pages.test.ts'],
  },
  {
    rows: ['P-10'],
    breaks: 'a page whose address is a secret loads the picture of the site',
    file: `${src}/http/pages/layout.ts`,
    find: 'hasSecretAddress ? null : pictureOf(brand)',
    replace: 'pictureOf(brand)',
    tests: [appearance],
  },
]
