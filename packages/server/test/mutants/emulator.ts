import type { Mutant } from './mutant.ts'

const src = 'packages/server/src/emulator'
const tests = (name: string) => [`packages/server/test/emulator/${name}.test.ts`]

/** Breaks of what the tests of sites rely on. No row of the requirements is about the emulator. */
export const mutants: readonly Mutant[] = [
  {
    rows: [],
    breaks: 'An emulator starts where other machines reach it',
    file: `${src}/emulator-configuration.ts`,
    find: `if (host !== '' && !isLoopbackHost(host))`,
    replace: `if (host === '')`,
    tests: tests('refusals'),
  },
  {
    rows: [],
    breaks: 'A database that is down answers',
    file: `${src}/faults.ts`,
    find: `if (this.#present.database === 'up') return`,
    replace: `if (this.#present.database !== undefined) return`,
    tests: tests('faults'),
  },
  {
    rows: [],
    breaks: 'A slow commit is taken although the database went down under it',
    file: `${src}/faults.ts`,
    find: `            await this.#delay(this.#present.commitDelayMs)\n            this.#assertUp()\n`,
    replace: `            await this.#delay(this.#present.commitDelayMs)\n`,
    tests: tests('faults'),
  },
  {
    rows: [],
    breaks: 'What a step has ended comes back with the time',
    file: `${src}/clock-routes.ts`,
    find: `      await moved()\n`,
    replace: '',
    tests: tests('clock'),
  },
  {
    rows: [],
    breaks: 'A request goes on in whatever world there is',
    file: `${src}/worlds.ts`,
    find: 'this.#ofRequest.run(world, () => done())',
    replace: 'done()',
    tests: tests('reset'),
  },
  {
    rows: [],
    breaks: 'A visitor from before a reset is let in after it',
    file: `${src}/first-world.ts`,
    find: '(before?.generation ?? site.generation) + 1',
    replace: '(before?.generation ?? site.generation)',
    tests: tests('reset'),
  },
  {
    rows: [],
    breaks: 'Keys of before a reset stay in force after it',
    file: `${src}/start-emulator.ts`,
    find: '      keyring.replace(first.keys)\n',
    replace: '',
    tests: tests('reset'),
  },
  {
    rows: [],
    breaks: 'A file is taken with a password that no member could have',
    file: `${src}/seeded-members.ts`,
    find: `if (error instanceof ValidationRefusal) return error.violations`,
    replace: `if (error instanceof ValidationRefusal) return []`,
    tests: tests('members-file'),
  },
  {
    rows: [],
    breaks: 'What is misspelt in a file is passed over',
    file: 'packages/server/src/http/wire/unknown-names.ts',
    find: `filter((name) => !known.includes(name))`,
    replace: `filter((name) => name in {} && !known.includes(name))`,
    tests: tests('members-file'),
  },
]
