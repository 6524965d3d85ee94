import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../bin/adjourn.js', import.meta.url))
/** For `NODE_COMPILE_CACHE`: halves the time of a start, of which there are many. */
export const compileCache = fileURLToPath(
  new URL('../../../../node_modules/.cache/adjourn-process-tests', import.meta.url),
)

/** The `adjourn` command in a process of its own. */
export interface Child {
  /** The address of the ready line, once all that a start prints is there. Rejects when the process ends before. */
  readonly ready: Promise<string>
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves with the next words on standard error. Rejects when the process ends, or has ended, without any. */
  readonly heard: () => Promise<void>
  readonly kill: (signal: NodeJS.Signals) => void
}

export interface ChildOptions {
  /** The environment, besides what a process cannot do without; the port is a free one unless it is given. */
  readonly environment?: Readonly<Record<string, string>>
  /** The working directory. */
  readonly directory: string
  readonly arguments?: readonly string[]
  readonly nodeOptions?: readonly string[]
  /** In place of the program of the checkout. */
  readonly program?: string
  /** What it reads from its standard input. */
  readonly input?: string
}

/** Starts the command. Kill it, or wait for its exit. */
export function startChild({
  environment = {},
  directory,
  arguments: given = [],
  nodeOptions = [],
  program = command,
  input = '',
}: ChildOptions): Child {
  const process_ = spawn(process.execPath, [...nodeOptions, program, ...given], {
    cwd: directory,
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: compileCache, ADJOURN_PORT: '0', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  process_.stdin.on('error', () => undefined).end(input)
  let stdout = ''
  let stderr = ''
  const ready = Promise.withResolvers<string>()
  // Who does not wait for it is not told by an unhandled rejection either.
  ready.promise.catch(() => undefined)
  process_.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    const url = /^.*listening.* (https?:\/\/\S+)\nClient id: .*\n/.exec(stdout)?.[1]
    if (url !== undefined) ready.resolve(url)
  })
  process_.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = new Promise<Awaited<Child['exited']>>((resolve) => {
    process_.on('close', (code, signal) => {
      ready.reject(new Error(`The process ended before it was ready: ${String(code ?? signal)}\n${stdout}\n${stderr}`))
      resolve({ code, signal })
    })
  })
  return {
    ready: ready.promise,
    exited,
    stdout: () => stdout,
    stderr: () => stderr,
    heard: () =>
      Promise.race([
        once(process_.stderr, 'data').then(() => undefined),
        exited.then(() => Promise.reject(new Error(`The process ended and said no more:\n${stderr}`))),
      ]),
    kill: (signal) => void process_.kill(signal),
  }
}

/** Starts the command, gives it to `use` once it is ready, and stops it as an operator would. */
export async function withChild<T>(options: ChildOptions, use: (url: string, child: Child) => Promise<T>): Promise<T> {
  const child = startChild(options)
  try {
    return await use(await child.ready, child)
  } finally {
    child.kill('SIGTERM')
    await child.exited
  }
}

/** Starts the command and waits for it to end by itself. */
export async function endOf(options: ChildOptions): Promise<{
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}> {
  const child = startChild(options)
  const { code } = await child.exited
  return { code, stdout: child.stdout(), stderr: child.stderr() }
}
