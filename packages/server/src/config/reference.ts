import { type Option, options } from './options.ts'

/** The page `docs/configuration.md`, made from the table of options. `npm run configuration-page` writes it, a test keeps it so. */
export function configurationReference(): string {
  const rows = Object.values(options).map(
    (option) => `| \`${option.name}\` | ${whenNotSet(option)} | ${option.description} |`,
  )
  return [
    '# Configuration',
    '',
    'Adjourn is configured by environment variables, read once at the start. An empty variable counts as not set.',
    'A value that breaks a rule, or a variable that begins with `ADJOURN_` and is not in this table, stops the start:',
    'every problem is named in one message, and the exit status is 78.',
    '',
    '| variable | when not set | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '`adjourn dev`, the emulator for the tests of a site, takes the same variables and keeps everything in memory. It refuses an',
    '`ADJOURN_HOST` or an `ADJOURN_BASE_URL` that is not a loopback one, and to be given an `ADJOURN_DATABASE_URL`, an',
    '`ADJOURN_ADMIN_KEY` or an `ADJOURN_BOOTSTRAP_CLIENT_ID`: its client and administrator key are always the same; and an',
    '`ADJOURN_SMTP_URL`, as it keeps all mails in its mailbox. Every origin is a development origin.',
    '',
    'This page is generated from `packages/server/src/config/options.ts`.',
    '',
  ].join('\n')
}

function whenNotSet(option: Option<unknown>): string {
  return 'defaultText' in option ? `\`${option.defaultText}\`` : option.absentMeans
}
