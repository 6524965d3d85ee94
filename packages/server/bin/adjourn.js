#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one says what is missing instead of a syntax error.
const needed = 24
const major = Number(process.versions.node.split('.')[0])
if (major < needed) {
  process.stderr.write(
    `Adjourn needs Node ${needed} or later and was started with ${process.versions.node}: install it, or run "npm ci" with development dependencies, which bring it\n`,
  )
  process.exitCode = 69
} else {
  import('./keep-compiled.js').then(() => import('../src/command.ts')).then(({ run }) => run(process.argv.slice(2)))
}
