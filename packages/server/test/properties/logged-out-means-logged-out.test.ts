import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LastingServer, startLastingServer } from '../support/lasting-server.ts'
import { day } from '../support/manual-clock.ts'
import { generatedTestTimeoutMs, runs } from '../support/runs.ts'
import { commands, compare, compareAll, type Real } from './commands.ts'
import { isGood, newModel } from './model.ts'

let lasting: LastingServer
let real: Real

beforeAll(async () => {
  lasting = await startLastingServer()
  const { client, addClient } = lasting.current()
  real = { lasting, clients: [client, await addClient({ refreshTokenPolicy: 'rotating' })] }
})
afterAll(() => lasting[Symbol.asyncDispose]())

// Runs share a server but no member, and no credential: what one leaves behind means nothing to the next.
test(
  'T-09, S-07, D-19: whatever people do, each credential ever handed out is accepted exactly as long as the model says',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands([...commands], { maxCommands: 40, size: 'max' }), async (chosen) => {
        const model = newModel(lasting.clock.now())
        await fc.asyncModelRun(() => ({ model, real }), chosen)
        await compareAll(model, real)

        // Half a year later nobody is signed in, cleaned up or not.
        await lasting.current().quiet()
        lasting.clock.advance(180 * day)
        model.now += 180 * day
        await lasting.current().reapNow()
        for (const held of model.held) {
          if (!held.kind.startsWith('visitor')) expect(isGood(model, held)).toBe(false)
          await compare(model, real, held)
        }
      }),
      { numRuns: runs({ test: 30, soak: 5_000 }) },
    )
  },
  generatedTestTimeoutMs,
)
