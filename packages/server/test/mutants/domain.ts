import type { Mutant } from './mutant.ts'

const redirects = {
  file: 'packages/server/src/domain/redirects.ts',
  tests: ['packages/server/src/domain/redirects.test.ts'],
} as const

export const mutants: readonly Mutant[] = [
  {
    ...redirects,
    rows: ['R-07'],
    breaks: 'A redirect URI with a fragment is registered',
    find: "  if (uri.includes('#')) return 'must not contain a fragment'\n",
    replace: '',
  },
  {
    ...redirects,
    rows: ['R-07'],
    breaks: 'A redirect URI with a scheme that runs script is registered',
    find: '  if (refusedSchemes.has(url.protocol)) return',
    replace: '  if (refusedSchemes.has(url.host)) return',
  },
  {
    ...redirects,
    rows: ['R-07'],
    breaks: 'A redirect URI by plain http to anywhere is registered',
    find: "  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {",
    replace: '  if (url.port === url.hostname) {',
  },
  {
    ...redirects,
    rows: ['R-08'],
    breaks: 'A return path may begin with two slashes',
    find: "  if (secondSlash.test(path) || path.includes(' ')) return false\n",
    replace: '',
  },
  {
    rows: ['H-10'],
    breaks: 'A token of another type passes for an access token',
    file: 'packages/server/src/adapters/keys/access-tokens.ts',
    find: "const typ = 'at+jwt'",
    replace: "const typ = 'JWT'",
    tests: ['packages/server/src/adapters/keys/access-tokens.test.ts'],
  },
]
