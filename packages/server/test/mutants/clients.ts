import type { Mutant } from './mutant.ts'

const sqlite = 'packages/server/src/adapters/sqlite'
const conformance = ['packages/server/test/sqlite-conformance.test.ts']

/** Breaks of what clients may do, and of what ends with them. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['T-23'],
    breaks: 'a disabled client keeps its grants until their ends are written out',
    file: 'packages/server/src/domain/session.ts',
    find: '  return clientGenerationNow === null || clientGeneration < clientGenerationNow\n',
    replace: '  return clientGenerationNow === null && clientGeneration < 0\n',
    tests: conformance,
  },
  {
    rows: ['T-23'],
    breaks: 'a code is exchanged that was issued before its client was disabled',
    file: `${sqlite}/authorization-codes.ts`,
    find: "clientNow === undefined || integer(clientNow, 'generation') > code.clientGeneration",
    replace: 'clientNow === undefined',
    tests: conformance,
  },
  {
    rows: ['T-23'],
    breaks: 'a grant from before its client was disabled is taken up again',
    file: `${sqlite}/authorization-codes.ts`,
    find: ' && grant.clientGeneration === code.clientGeneration',
    replace: '',
    tests: conformance,
  },
  {
    rows: ['T-23'],
    breaks: 'enabling a client revives what it held',
    file: 'packages/server/src/domain/client-acts.ts',
    find: '{ ...client, disabledAt: null }',
    replace: '{ ...client, disabledAt: null, generation: client.generation - 1 }',
    tests: conformance,
  },
  {
    rows: ['T-23'],
    breaks: 'the ends of the grants of a client are not owed',
    file: `${sqlite}/clients.ts`,
    find: 'if (client.generation > before.generation) this.#oweEnds.run(client.id)',
    replace: '',
    tests: conformance,
  },
  {
    rows: ['T-23'],
    breaks: 'a client that is disabled anew is not looked at from the start',
    file: `${sqlite}/clients.ts`,
    find: 'AND generation = ? AND grants_to_end_after = ?',
    replace: 'AND ? > 0 AND ? >= 0',
    tests: conformance,
  },
]
