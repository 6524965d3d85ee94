import { Writable } from 'node:stream'
import pino from 'pino'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import type { Client } from '../../src/domain/client.ts'
import { emulatorConfiguration } from '../../src/emulator/emulator-configuration.ts'
import type { GivenMember } from '../../src/emulator/members-file.ts'
import { startEmulator } from '../../src/emulator/start-emulator.ts'
import type { RunningServer } from '../../src/main.ts'
import { firstClientOf } from './first-client.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'
import { type Received, send } from './send.ts'
import { callbackUri, siteOrigin } from './test-server.ts'

/** The commands of an emulator, as a site's tests send them. */
type DevCommand = 'clock' | 'reset' | 'faults'

export interface TestEmulator extends RunningServer, AsyncDisposable {
  readonly client: Client
  /** What was logged so far, as JSON lines. */
  readonly log: readonly string[]
  /** The machine's clock. The emulator's own is moved by HTTP. */
  readonly machine: ManualClock
  /** Sends a command and gives its answer, whatever it is. */
  ask(command: DevCommand, json?: unknown): Promise<Received>
  /** Sends a command that must succeed. */
  tell(command: DevCommand, json?: unknown): Promise<Readonly<Record<string, unknown>>>
  /** What a command tells without changing anything. */
  look(command: DevCommand): Promise<Readonly<Record<string, unknown>>>
  /** Resolves when so many commits are held up. */
  commitsWait(count: number): Promise<void>
}

/** Starts a real emulator on a free port. */
export async function startTestEmulator(members: readonly GivenMember[] = []): Promise<TestEmulator> {
  const machine = manualClock()
  const log: string[] = []
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      log.push(String(chunk))
      done()
    },
  })
  const emulator = await startEmulator({
    configuration: emulatorConfiguration({
      ADJOURN_PORT: '0',
      ADJOURN_BOOTSTRAP_REDIRECT_URIS: callbackUri,
      ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS: new URL(siteOrigin).host,
    }),
    members: { path: 'members.json', members },
    clock: machine,
    randomness: systemRandomness,
    logger: pino({ level: 'debug' }, sink),
  })
  const address = (command: DevCommand) => `${emulator.url}/dev/${command}`
  const ask = (command: DevCommand, json: unknown = {}) => send(address(command), { method: 'POST', json })
  const look = async (command: DevCommand) => (await send(address(command))).json()
  return {
    ...emulator,
    client: firstClientOf(emulator),
    machine,
    log,
    ask,
    look,
    tell: async (command, json) => {
      const answer = await ask(command, json)
      if (answer.status !== 200 && answer.status !== 204) throw new Error(`Not done: ${answer.status} ${answer.text}`)
      return answer.status === 204 ? {} : answer.json()
    },
    commitsWait: async (count) => {
      // Each look is a round trip, in which the requests that it waits for come along too.
      for (let waiting: unknown; waiting !== count; ) waiting = (await look('faults'))['waitingCommits']
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  }
}
