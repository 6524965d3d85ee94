import { readFileSync } from 'node:fs'
import { cpuSecondsOfTree, ticksPerSecond } from '../load/process-figures.ts'

/**
 * Tells how much of the machine others used during a measurement, in processor cores: whatever is neither this process nor
 * started by it. 0 where there is no `/proc`.
 */
export function watchBystanders(): () => number {
  const begun = performance.now()
  const before = ofOthers()
  return () => Math.max(0, (ofOthers() - before) / ((performance.now() - begun) / 1000))
}

function ofOthers(): number {
  try {
    // user, nice, system: what processes use. Interrupts belong to nobody, and the rest is idle.
    const [, user, nice, system] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 4)
    const everybody = (Number(user) + Number(nice) + Number(system)) / ticksPerSecond
    return everybody - cpuSecondsOfTree(process.pid)
  } catch {
    return 0
  }
}
