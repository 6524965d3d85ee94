import type { Migration } from '../../stored/migration.ts'

/**
 * Where an installation was moved to. A program that does not know of it would serve what is left behind, in which nothing
 * ends that ends at the new place; so none may run beside this step.
 */
export const moved: Migration = {
  name: '0003-moved',
  oldestBeside: 3,
  sql: `
CREATE TABLE moved (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  state TEXT NOT NULL CHECK (state IN ('moving', 'moved')),
  destination TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
`,
}
