import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'

export const serverCore = 0
export const generatorCore = 1

/** Whether processes can be given a core of their own. */
export const canPin =
  availableParallelism() > 1 && spawnSync('taskset', ['-c', String(generatorCore), 'true']).status === 0

/** A command that runs on one core only, where that can be arranged; otherwise the command as it is. */
export function pinned(core: number, command: readonly string[]): { readonly file: string; readonly args: string[] } {
  const [file = '', ...args] = canPin ? ['taskset', '-c', String(core), ...command] : command
  return { file, args }
}

/**
 * Lets running processes, with all their threads, use every core, or the server's alone again. What they start from then on
 * does likewise. Does nothing where processes cannot be pinned, as then they use every core anyway.
 */
export function moveTo(cores: 'every core' | 'the core of servers', pids: readonly number[]): void {
  if (!canPin) return
  const list = cores === 'every core' ? `0-${availableParallelism() - 1}` : String(serverCore)
  for (const pid of pids) spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', list, String(pid)])
}

export interface MachineFacts {
  readonly cores: number
  readonly processor: string
  readonly memoryGib: number
  readonly platform: string
  readonly node: string
  /** Whether server and load generator each had a core to itself. */
  readonly pinned: boolean
}

/** What the figures were measured on. Nothing that names the machine or its owner. */
export function machineFacts(): MachineFacts {
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    pinned: canPin,
  }
}
