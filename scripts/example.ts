/** `npm run example [-- official|sdk]`: starts the emulator and an example site that uses it, until they are stopped. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

interface Program {
  /** In which it runs, from the root. */
  readonly directory: string
  /** From the root, and its parameters. */
  readonly command: readonly string[]
}

const emulator: Program = { directory: '.', command: ['packages/server/bin/adjourn.js', 'dev'] }

const sites: Readonly<Record<string, Program>> = {
  official: {
    directory: 'examples/vite-official',
    command: ['node_modules/vite/bin/vite.js', '--port', '4321', '--strictPort'],
  },
  sdk: { directory: 'examples/express-sdk', command: ['examples/express-sdk/server.ts'] },
}

const name = process.argv[2] ?? 'official'
const site = sites[name]
if (site === undefined) {
  process.stderr.write(`There is no example "${name}": say ${Object.keys(sites).join(' or ')}\n`)
  process.exitCode = 64
} else {
  const programs = [start(emulator), start(site)]
  const stop = () => {
    for (const program of programs) program.kill('SIGTERM')
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  // One without the other is of no use.
  for (const program of programs) program.once('exit', stop)
}

function start({ directory, command: [program = '', ...parameters] }: Program): ChildProcess {
  return spawn(process.execPath, [join(root, program), ...parameters], { cwd: join(root, directory), stdio: 'inherit' })
}
