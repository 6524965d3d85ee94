import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { LoadFigures, LoadPlan } from '../load/plan.ts'
import { generatorCore, pinned } from './machine.ts'

const program = fileURLToPath(import.meta.resolve('../load/generate.ts'))

/**
 * Runs the load generator on its own core.
 *
 * @throws {Error} With what it said, when it could not carry the plan out.
 */
export async function generateLoad(plan: LoadPlan): Promise<LoadFigures> {
  const { file, args } = pinned(generatorCore, [process.execPath, '--max-old-space-size=8192', program])
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(JSON.stringify(plan))
  const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (code !== 0) throw new Error(`The load generator ended with ${code}:\n${complained}`)
  return JSON.parse(said) as LoadFigures
}
