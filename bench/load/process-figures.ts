import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts processor time in hundredths of a second, on every architecture that Node supports. */
export const ticksPerSecond = 100

export interface ProcessFigures {
  readonly cpuSeconds: number
  readonly rssBytes: number
}

/**
 * Processor time and resident memory of processes and their children, from `/proc`. Zeros where there is none.
 *
 * Memory that several processes share is counted in each, as `RssAnon` would hide a database's cache.
 */
export function figuresOf(pids: readonly number[]): ProcessFigures {
  let cpuSeconds = 0
  let rssBytes = 0
  for (const pid of withChildren(pids)) {
    const { user, system } = timesOf(pid)
    cpuSeconds += user + system
    rssBytes += Number(/VmRSS:\s+(\d+)/.exec(readOr(`/proc/${pid}/status`))?.[1] ?? 0) * 1024
  }
  return { cpuSeconds, rssBytes }
}

/** Processor time of a process, its children, and those of its children that have ended. */
export function cpuSecondsOfTree(pid: number): number {
  return withChildren([pid]).reduce((sum, each) => {
    const { user, system, endedUser, endedSystem } = timesOf(each)
    return sum + user + system + endedUser + endedSystem
  }, 0)
}

/** In seconds; `ended` are those of children that have ended and were waited for. */
function timesOf(pid: number) {
  const stat = readOr(`/proc/${pid}/stat`)
  // The name in parentheses may hold spaces; the times are the 12th to 15th fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const seconds = (field: number) => Number(fields[field] ?? 0) / ticksPerSecond
  return { user: seconds(11), system: seconds(12), endedUser: seconds(13), endedSystem: seconds(14) }
}

/** Processes, and their children's children. */
export function withChildren(pids: readonly number[]): readonly number[] {
  return pids.flatMap((pid) => [
    pid,
    ...withChildren(
      readThreads(pid).flatMap((thread) =>
        readOr(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
      ),
    ),
  ])
}

function readThreads(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

/** Processes end while they are looked at. */
function readOr(path: string, otherwise = ''): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
