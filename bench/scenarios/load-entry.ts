import type { Contender, Workload } from '../contender.ts'
import type { LoadFigures } from '../load/plan.ts'
import { summary } from '../reporting/results.ts'
import { measureLoad, type Profile } from '../running/measure-load.ts'
import type { Entry, Figures } from './scenario.ts'

/** A row that is one kind of load on one contender. */
export function loadEntry(
  contender: Contender,
  workload: Workload,
  more: { readonly key?: string; readonly title?: string; readonly profile?: Partial<Profile> } = {},
): Entry {
  return {
    key: more.key ?? contender.name,
    title: more.title ?? contender.title,
    contender,
    measure: async ({ install, profile }) =>
      figuresOfLoad(await measureLoad(contender, await install(contender), workload, { ...profile, ...more.profile })),
  }
}

/** What of a load goes into the results. */
export function figuresOfLoad(load: LoadFigures): Figures {
  return {
    perSecond: load.perSecond,
    p50Ms: load.p50Ms,
    p99Ms: load.p99Ms,
    maxMs: load.maxMs,
    perServerCpuSecond: load.serverCpuSeconds === 0 ? 0 : load.answers / load.serverCpuSeconds,
    serverCpu: load.serverCpuSeconds / load.seconds,
    generatorCpu: load.generatorCpu,
    rssMib: load.serverRssBytes / 2 ** 20,
    answers: load.answers,
    seconds: load.seconds,
  }
}

/** Several measurements of the same in one round: of each figure the median. */
export function medianFigures(several: readonly LoadFigures[]): Figures {
  const each = several.map(figuresOfLoad)
  return Object.fromEntries(
    Object.keys(each[0] ?? {}).flatMap((name) => {
      const median = summary(each, name)?.median
      return median === undefined ? [] : [[name, median] as const]
    }),
  )
}
