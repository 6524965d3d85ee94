import type { Mutant } from './mutant.ts'

const tests = ['packages/server/test/administration/site.test.ts']

/** Breaks of what the tests of the site, its audit and its notices show. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['S-03'],
    breaks: 'a change that raises a limit is answered without a warning',
    file: 'packages/server/src/http/administration/site.ts',
    find: 'warnings: settingsWarnings(of.settings),',
    replace: 'warnings: [],',
    tests,
  },
  {
    rows: ['S-03'],
    breaks: 'an idle limit is read in milliseconds',
    file: 'packages/server/src/http/administration/site-settings.ts',
    find: `    name: 'sessionIdleSeconds',
    unit: 1000,`,
    replace: `    name: 'sessionIdleSeconds',
    unit: 1,`,
    tests,
  },
  {
    rows: [],
    breaks: 'a server takes the floor for passwords that an emulator takes',
    file: 'packages/server/src/main.ts',
    find: 'passwordLengthLeast: passwordLengthMinDefault',
    replace: 'passwordLengthLeast: passwordLengthMinDefault / 2',
    tests,
  },
  {
    rows: [],
    breaks: 'a change is made whatever revision was named',
    file: 'packages/server/src/operations/change-site.ts',
    find: 'if (revision !== undefined && siteRevision(site) !== revision) break',
    replace: `if (revision === 'none') break`,
    tests,
  },
  {
    rows: [],
    breaks: 'of two changes at once the later one undoes the earlier',
    file: 'packages/server/src/adapters/sqlite/sites.ts',
    find: '!isDeepStrictEqual(site.settings, from)',
    replace: 'from === undefined',
    tests: ['packages/server/test/sqlite-conformance.test.ts'],
  },
  {
    rows: [],
    breaks: 'a setting that there is not is passed over in silence',
    file: 'packages/server/src/http/administration/site-settings.ts',
    find: `      violations.push(violation(\`\${path}.\${name}\`, 'OTHER', 'is no setting', { ruleName: 'UNKNOWN_SETTING' }))
`,
    replace: '',
    tests,
  },
  {
    rows: [],
    breaks: 'a change takes the branding that it does not name back to nothing',
    file: 'packages/server/src/domain/settings-change.ts',
    find: 'branding: { ...settings.branding, ...change.branding }',
    replace: `branding: { ...settings.branding, displayName: '', ...change.branding }`,
    tests,
  },
  {
    rows: [],
    breaks: 'the origins of the settings are not let in',
    file: 'packages/server/src/http/wire/surroundings.ts',
    find: 'if (site.settings.developmentOrigins.includes(origin)) return true\n',
    replace: '',
    tests,
  },
  {
    rows: [],
    breaks: 'a page of the audit log that found nothing is taken for the last one',
    file: 'packages/server/src/adapters/stored/audit-search.ts',
    find: 'if (!stretch.goesOn) return { records, next: null }',
    replace: 'if (!stretch.goesOn || records.length === 0) return { records, next: null }',
    tests: ['packages/server/test/sqlite-conformance.test.ts'],
  },
  {
    rows: [],
    breaks: 'times are looked for as if records were written in the very order of their times',
    file: 'packages/server/src/adapters/stored/audit-search.ts',
    find: 'const disorderMs = 60_000',
    replace: 'const disorderMs = 0',
    tests: ['packages/server/test/sqlite-conformance.test.ts'],
  },
  {
    rows: [],
    breaks: 'a question by client is answered with what is about others',
    file: 'packages/server/src/adapters/stored/audit-search.ts',
    find: ` AND \${equal('client_id', 11, 'text')}`,
    replace: ` AND (\${place(11, 'text')} IS NULL OR true)`,
    tests: ['packages/server/test/sqlite-conformance.test.ts', 'packages/server/test/administration/audit.test.ts'],
  },
]
