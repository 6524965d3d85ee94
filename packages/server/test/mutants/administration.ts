import type { Mutant } from './mutant.ts'

/** Breaks of what the tests of administration show. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['D-14'],
    breaks: 'the generation of the site is not looked at',
    file: 'packages/server/src/domain/session.ts',
    find: 'session.siteGeneration < facts.siteGeneration || ',
    replace: '',
    tests: ['packages/server/test/administration/end-everyone.test.ts'],
  },
  {
    rows: ['D-14'],
    breaks: 'a visitor outlives the end of everyone',
    file: 'packages/server/src/operations/visitor-liveness.ts',
    find: '!ended && generation >= siteGeneration && ',
    replace: '!ended && siteGeneration > 0 && generation > 0 && ',
    tests: ['packages/server/test/administration/end-everyone.test.ts'],
  },
]
