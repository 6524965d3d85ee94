/**
 * A worker: serves like any node, on a port that it shares with the other workers of its machine. Started by
 * `supervise.ts` and by nobody else. When its parent is gone it stops, as on a signal.
 */
import pino from 'pino'
import { steadyClock } from '../adapters/system/clock.ts'
import { systemRandomness } from '../adapters/system/randomness.ts'
import { WitnessOfAnother } from '../adapters/witness/witness-of-another.ts'
import { expectedProblem } from '../commands/problems.ts'
import { parseConfiguration } from '../config/parse-configuration.ts'
import { firstSteps } from '../first-steps.ts'
import { startServer, witnessNotKept } from '../main.ts'
import { witnessFile } from '../open-storage.ts'
import { stopOnSignal } from '../stop-on-signal.ts'
import { AskParent } from './ask-parent.ts'
import type { WorkerMessage } from './messages.ts'

let stop: () => void = () => process.exit(1)
process.on('disconnect', () => stop())

const configuration = parseConfiguration(process.env)
const isFirst = process.argv[2] === 'first'
const logger = pino({ level: configuration.logLevel }, pino.destination({ fd: 2, sync: true }))
const witness = witnessFile(configuration, (error) => logger.error({ err: error }, witnessNotKept))
const parent = new AskParent(tell)
try {
  const server = await startServer({
    configuration,
    clock: steadyClock,
    randomness: systemRandomness,
    logger,
    witness: isFirst || witness === undefined ? witness : new WitnessOfAnother(witness),
    worker: { reaps: isFirst, samplesOfAll: parent.samplesOfAll },
  })
  process.on('message', (received) => parent.hear(received, server.samples))
  stop = stopOnSignal(() => server.close())
  const { url, newAdministratorKey } = server
  tell({ kind: 'serving', url, firstSteps: firstSteps(server), newAdministratorKey })
} catch (error) {
  const told = expectedProblem(error, 'start')
  if (told === undefined) throw error
  tell({ kind: 'failed', ...told }, () => process.exit(told.exitCode))
}

function tell(message: WorkerMessage, told: () => void = () => {}): void {
  if (process.send === undefined) throw new Error('A worker is started by "adjourn start --workers" and by nobody else')
  process.send(message, undefined, undefined, told)
}
