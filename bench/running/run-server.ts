import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { pinned, serverCore } from './machine.ts'

export interface RunningServer {
  readonly port: number
  /** Where the same service is served too, by other processes on the same data. */
  readonly otherPorts?: readonly number[]
  /** The processes that do the work: the server's, and its database's where that is one of its own. */
  readonly pids: readonly number[]
  /** From the start of the process to the ready line. */
  readonly readyMs: number
  /** Stops it as an operator would. */
  stop(): Promise<void>
}

const startWithinMs = 120_000

/**
 * Starts a server on the server's core and waits for the line of its standard output that contains `listening` and its URL.
 *
 * @throws {Error} With what it said, when it ends before.
 */
export async function runServer({
  args,
  env,
  nodeFlags,
  otherPids = [],
}: {
  /** The program and its parameters. */
  readonly args: readonly string[]
  readonly nodeFlags: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Processes of the database, which are stopped by somebody else. */
  readonly otherPids?: readonly number[]
}): Promise<RunningServer> {
  const begun = performance.now()
  const { file, args: given } = pinned(serverCore, [process.execPath, ...nodeFlags, ...args])
  const child = spawn(file, given, {
    env: { ...inherited(), ...env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = () => stopProcess(child)
  try {
    const port = await readyPort(child)
    return { port, pids: [child.pid ?? 0, ...otherPids], readyMs: performance.now() - begun, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Settings of whoever runs the benchmark must not reach what is measured. */
function inherited(): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR = '' } = process.env
  return { PATH, HOME, ...(TMPDIR === '' ? {} : { TMPDIR }) }
}

function readyPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = ''
    const impatience = setTimeout(() => reject(new Error(`A server was not ready in time:\n${said}`)), startWithinMs)
    const note = (chunk: Buffer) => {
      if (said.length < 10_000) said += chunk.toString()
      const port = /listening[^\n]*http:\/\/[^\s:]+:(\d+)/i.exec(said)?.[1]
      if (port === undefined) return
      clearTimeout(impatience)
      resolve(Number(port))
    }
    child.stdout?.on('data', note)
    // Read to the end, or a server that logs would stand still once the pipe is full.
    child.stderr?.on('data', note)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`A server ended with ${code} before it was ready:\n${said}`)))
  })
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const impatience = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await exited
  clearTimeout(impatience)
}
