import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from '../../packaging/install.ts'
import { pack } from '../../packaging/pack.ts'
import { runServer } from '../running/run-server.ts'
import type { Scenario } from './scenario.ts'

/** What `npm start` runs. */
const checkout = fileURLToPath(import.meta.resolve('../../packages/server/bin/adjourn.js'))
const startsInARound = 5

/** What the package saves its user: both programs are started in turn, so that a disturbance meets both. */
export const startupInstalled: Scenario = {
  name: 'startup-installed',
  title: 'From the start of the process to the ready line: installed from the package, and from the checkout',
  entries: [
    {
      key: 'adjourn-installed',
      title: 'Adjourn, SQLite',
      measure: async ({ workplace }) => {
        const installed = await installedProgram(workplace)
        const times: Record<string, number[]> = { [installed]: [], [checkout]: [] }
        // The first starts make the databases, and keep what was compiled.
        for (let start = 0; start <= startsInARound; start += 1) {
          for (const [program, found] of Object.entries(times)) {
            const data = join(workplace, program === installed ? 'data-installed' : 'data-checkout')
            mkdirSync(data, { recursive: true })
            const server = await runServer({
              args: [program, 'start'],
              env: { ADJOURN_PORT: '0', ADJOURN_DATABASE_URL: `sqlite:${join(data, 'adjourn.db')}` },
              nodeFlags: [],
            })
            await server.stop()
            if (start > 0) found.push(server.readyMs)
          }
        }
        const [readyMs, checkoutReadyMs] = [middle(times[installed]), middle(times[checkout])]
        return { readyMs, checkoutReadyMs, readyRatio: readyMs / checkoutReadyMs }
      },
    },
  ],
}

let installing: Promise<string> | undefined

/** The command of the installed package, installed once for all rounds. */
function installedProgram(workplace: string): Promise<string> {
  installing ??= pack('adjourn', workplace)
    .then((packed) => install(packed, workplace))
    .then((directory) => join(directory, 'node_modules/.bin/adjourn'))
  return installing
}

function middle(times: readonly number[] = []): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0
}
