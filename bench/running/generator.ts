import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { AfterLogoutFigures, AfterLogoutPlan } from '../load/after-logout.ts'
import type { LoadFigures, LoadPlan } from '../load/plan.ts'
import { generatorCore, pinned } from './machine.ts'

/**
 * Puts a load on a server.
 *
 * @throws {Error} With what the generator said, when it could not carry the plan out.
 */
export function generateLoad(plan: LoadPlan): Promise<LoadFigures> {
  return generate<LoadPlan, LoadFigures>('../load/generate.ts', plan)
}

/**
 * Logs sessions out and tries their credentials afterwards.
 *
 * @throws {Error} With what the generator said, when it could not carry the plan out.
 */
export function tryAfterLogout(plan: AfterLogoutPlan): Promise<AfterLogoutFigures> {
  return generate<AfterLogoutPlan, AfterLogoutFigures>('../load/after-logout.ts', plan)
}

/** Runs a generator on its own core: a plan goes in, figures come out. */
async function generate<Plan, Figures>(program: string, plan: Plan): Promise<Figures> {
  const path = fileURLToPath(import.meta.resolve(program))
  const { file, args } = pinned(generatorCore, [process.execPath, '--max-old-space-size=8192', path])
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(JSON.stringify(plan))
  const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (code !== 0) throw new Error(`The load generator ended with ${code}:\n${complained}`)
  return JSON.parse(said) as Figures
}
