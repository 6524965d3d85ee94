import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts processor time in hundredths of a second, on every architecture that Node supports. */
const ticksPerSecond = 100

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
    const stat = readOr(`/proc/${pid}/stat`)
    // The name in parentheses may hold spaces; user and system time are the 12th and 13th fields after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    cpuSeconds += (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond
    rssBytes += Number(/VmRSS:\s+(\d+)/.exec(readOr(`/proc/${pid}/status`))?.[1] ?? 0) * 1024
  }
  return { cpuSeconds, rssBytes }
}

function withChildren(pids: readonly number[]): readonly number[] {
  const found: number[] = []
  for (const pid of pids) {
    found.push(pid)
    const children = readThreads(pid).flatMap((thread) =>
      readOr(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
    )
    found.push(...withChildren(children))
  }
  return found
}

function readThreads(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function readOr(path: string, otherwise = ''): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
