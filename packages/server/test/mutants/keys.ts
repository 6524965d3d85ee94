import type { Mutant } from './mutant.ts'

/** Breaks of what the tests of administrators, API keys and what is done with them show. */
export const mutants: readonly Mutant[] = [
  {
    rows: [],
    breaks: 'the last owner can be removed',
    file: 'packages/server/src/domain/administrator.ts',
    find: "role === 'owner' && id !== key.id",
    replace: "role !== 'owner' || id === key.id",
    tests: ['packages/server/test/administration/keys-of-people-and-programs.test.ts'],
  },
  {
    rows: [],
    breaks: 'two nodes each remove one of the last two owners',
    file: 'packages/server/src/adapters/postgres/administrators.ts',
    find: 'ORDER BY id FOR UPDATE',
    replace: 'ORDER BY id',
    tests: ['packages/server/test/postgres/several-nodes.test.ts'],
  },
  {
    rows: [],
    breaks: 'an administrator who is removed keeps their key on SQLite',
    file: 'packages/server/src/adapters/sqlite/administrators.ts',
    find: `    this.#delete.run(id)
`,
    replace: '',
    tests: ['packages/server/test/administration/roles.test.ts'],
  },
  {
    rows: [],
    breaks: 'a method of administration lets the keys of lower roles in',
    file: 'packages/server/src/http/administration/add-administration-method.ts',
    find: 'identifyAdministrator(surroundings.service, authorization, role)',
    replace: "identifyAdministrator(surroundings.service, authorization, 'read_only')",
    tests: ['packages/server/test/administration/roles.test.ts'],
  },
  {
    rows: ['A-01'],
    breaks: 'an API key is made without a record',
    file: 'packages/server/src/adapters/sqlite/api-keys.ts',
    find: "commit.tell({ ...asked, siteId, event: 'api_key.created', actor, keyId: key.id })",
    replace: '',
    tests: ['packages/server/test/sqlite-conformance.test.ts'],
  },
  {
    rows: ['T-16'],
    breaks: 'an API key lies in the database as it is',
    file: 'packages/server/src/operations/api-keys.ts',
    find: 'name: given.name, permissions,',
    replace: 'name: given.name + secret, permissions,',
    tests: ['packages/server/test/administration/keys-of-people-and-programs.test.ts'],
  },
]
