import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../packages/server/test/support/free-port.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** An example site and its emulator, started as `npm run example` does. */
export interface Example extends AsyncDisposable {
  /** Where the site is. */
  readonly origin: string
  readonly serverUrl: string
}

/** What it is told about the ports that it is to use. */
export interface ExamplePorts {
  readonly serverPort: number
  readonly sitePort: number
}

function run(name: string, { serverPort, sitePort }: ExamplePorts) {
  const { FORCE_COLOR: _, ...environment } = process.env
  return spawn(process.execPath, ['scripts/example.ts', name], {
    cwd: root,
    env: { ...environment, NO_COLOR: '1', ADJOURN_PORT: String(serverPort), PORT: String(sitePort) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Starts one that cannot run; resolves when it is over, with everything that it has started. */
export async function runExampleInVain(
  name: string,
  ports: ExamplePorts,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const program = run(name, ports)
  let said = ''
  const hear = (bytes: Buffer) => {
    said += String(bytes)
  }
  program.stdout.on('data', hear)
  program.stderr.on('data', hear)
  // Its output is closed only when nobody is left who could write to it.
  await once(program, 'close')
  return { code: program.exitCode, said }
}

/** Starts one on free ports; resolves when both say that they are there. */
export async function startExample(name: 'official' | 'sdk'): Promise<Example> {
  const [serverPort, sitePort] = [await freePort(), await freePort()]
  const program = run(name, { serverPort, sitePort })
  const over = once(program, 'close')
  const origin = `http://localhost:${sitePort}`
  const serverUrl = `http://127.0.0.1:${serverPort}`
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const hear = (bytes: Buffer) => {
      said += String(bytes)
      if (said.includes(`listening on ${serverUrl}`) && said.includes(origin)) resolve()
    }
    program.stdout.on('data', hear)
    program.stderr.on('data', hear)
    program.once('exit', () => reject(new Error(`The example has stopped: ${said}`)))
  })
  return {
    origin,
    serverUrl,
    [Symbol.asyncDispose]: async () => {
      program.kill('SIGTERM')
      await over
    },
  }
}
