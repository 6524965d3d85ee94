/**
 * `npm run example [-- official|sdk]`: starts the emulator and an example site that uses it, until they are stopped. `ADJOURN_PORT` is
 * the emulator's port as ever, `PORT` the site's.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

interface Program {
  /** In which it runs, from the root. */
  readonly directory: string
  /** From the root, and its parameters. */
  readonly command: readonly string[]
  /** Besides this process's own. */
  readonly environment: Readonly<Record<string, string>>
}

const { ADJOURN_PORT: serverPort = '8787', PORT: sitePort = '4321' } = process.env
const siteHost = `localhost:${sitePort}`
const serverUrl = `http://127.0.0.1:${serverPort}`

const emulator: Program = {
  directory: '.',
  command: ['packages/server/bin/adjourn.js', 'dev'],
  environment: {
    ADJOURN_PORT: serverPort,
    ADJOURN_BOOTSTRAP_REDIRECT_URIS: `http://${siteHost}/callback`,
    ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS: siteHost,
  },
}

const sites: Readonly<Record<string, Program>> = {
  official: {
    directory: 'examples/vite-official',
    command: ['node_modules/vite/bin/vite.js', '--port', sitePort, '--strictPort'],
    environment: { VITE_ADJOURN_URL: serverUrl },
  },
  sdk: {
    directory: 'examples/express-sdk',
    command: ['examples/express-sdk/server.ts'],
    environment: { PORT: sitePort, ADJOURN_URL: serverUrl },
  },
}

const name = process.argv[2] ?? 'official'
const site = Object.hasOwn(sites, name) ? sites[name] : undefined
if (site === undefined) {
  process.stderr.write(`There is no example "${name}": say ${Object.keys(sites).join(' or ')}\n`)
  process.exitCode = 64
} else {
  const programs = [start(emulator), start(site)]
  let isStopping = false
  const stop = () => {
    isStopping = true
    for (const program of programs) program.kill('SIGTERM')
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  for (const program of programs) {
    program.once('exit', (code) => {
      // One without the other is of no use. Nobody has asked for it, as where a port is taken.
      if (!isStopping) process.exitCode = code || 1
      stop()
    })
  }
}

function start({ directory, command: [program = '', ...parameters], environment }: Program): ChildProcess {
  return spawn(process.execPath, [join(root, program), ...parameters], {
    cwd: join(root, directory),
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  })
}
