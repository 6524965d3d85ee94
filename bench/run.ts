/** `npm run bench`: measures Adjourn beside its peers. README.md in this directory says how. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './adjourn/build.ts'
import { recordAnswers } from './adjourn/recorded-answers.ts'
import { type Options, readOptions, usage } from './command-line.ts'
import type { Contender, Installation } from './contender.ts'
import { adjournSqlite } from './contenders/adjourn-sqlite/contender.ts'
import { judgeGoals } from './reporting/goals.ts'
import { goalsTable } from './reporting/markdown.ts'
import { type EntryResults, type Results, readResults } from './reporting/results.ts'
import { tableOf } from './reporting/table.ts'
import { writeReport } from './reporting/write.ts'
import { watchBystanders } from './running/bystanders.ts'
import { canPin, machineFacts } from './running/machine.ts'
import { PostgresCluster } from './running/postgres-cluster.ts'
import { Disqualified } from './running/proof.ts'
import { versionsOf } from './running/versions.ts'
import type { Entry, Scenario } from './scenarios/scenario.ts'

/** What others may use of the machine during a measurement, in processor cores, before it is taken again. */
const disturbingCpu = 0.15
const attempts = 3

const options = readOptions(process.argv.slice(2))
if (options === undefined) {
  process.stdout.write(usage())
  process.exit(64)
}
await run(options)

async function run(chosen: Options): Promise<void> {
  const say = (text: string) => process.stderr.write(`${text}\n`)
  if (!canPin) say('Server and load generator share cores here (no taskset): compare nothing with other machines')
  const workplace = mkdtempSync(join(tmpdir(), 'adjourn-bench-'))
  // PostgreSQL runs as another user where root runs this, and has to get at its own directory.
  chmodSync(workplace, 0o711)
  const place = chosen.data ?? workplace
  if (chosen.data !== undefined) mkdirSync(chosen.data, { recursive: true, mode: 0o711 })
  // The servers are told by the same key or command, being of the same group of processes.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      rmSync(workplace, { recursive: true, force: true })
      process.exit(130)
    })
  }
  const installations = new Map<string, Promise<Installation>>()
  const answersFile = join(workplace, 'answers.json')
  const nodeFlags =
    chosen.cpuProfile === undefined
      ? []
      : ['--cpu-prof', '--cpu-prof-dir', chosen.cpuProfile, '--cpu-prof-interval=200']
  let cluster: Promise<PostgresCluster> | undefined
  const postgres = () => {
    cluster ??= PostgresCluster.start(join(place, 'postgres'))
    return cluster
  }
  const install = (contender: Contender, sizes = { sessions: chosen.sessions, known: chosen.sessions }) => {
    const name = `${contender.name}-${sizes.sessions}-${sizes.known}`
    const found = installations.get(name)
    if (found !== undefined) return found
    say(`  setting up ${contender.name} with ${sizes.sessions} sessions`)
    const made = contender.install({ directory: join(place, name), ...sizes, answersFile, postgres, nodeFlags })
    installations.set(name, made)
    return made
  }
  try {
    await recordAnswers(adjournSqlite, await install(adjournSqlite, { sessions: 100, known: 100 }), answersFile)
    let results = startingPoint(chosen)
    for (const scenario of chosen.scenarios) {
      const entries = scenario.entries.filter(
        ({ key, contender }) => chosen.contenders?.includes(contender?.name ?? key) ?? true,
      )
      // Made before the first is measured, so that rounds follow each other closely.
      if (entries.some(({ key }) => key === 'adjourn-built')) build()
      for (const { contender, sizes } of entries) if (contender !== undefined) await install(contender, sizes)
      const rounds = scenario.counts === true ? 1 : chosen.rounds
      for (let round = 1; round <= rounds; round += 1) {
        for (const entry of entries) {
          say(`  ${scenario.name}, round ${round} of ${rounds}: ${entry.key}`)
          results = withRound(results, scenario, entry, await measured(entry, scenario.counts === true ? 1 : attempts))
        }
      }
      const found = results.scenarios[scenario.name]
      if (found !== undefined) process.stdout.write(`\n${tableOf(found)}\n\n`)
      writeReport(chosen.file, results)
    }
    const measuredGoals = judgeGoals(results).filter(({ value, tooFew }) => value !== null || tooFew !== null)
    if (measuredGoals.length > 0) process.stdout.write(`${goalsTable(measuredGoals)}\n`)
  } finally {
    await (await cluster)?.close()
    rmSync(workplace, { recursive: true, force: true })
  }

  /** Measures once, and again (so many times in all) where somebody else was at work on the machine meanwhile. */
  async function measured(entry: Entry, most: number): Promise<Pick<EntryResults, 'rounds' | 'disqualified'>> {
    for (let attempt = 1; ; attempt += 1) {
      const othersCpu = watchBystanders()
      try {
        const figures = await entry.measure({ install, profile: chosen.profile, workplace })
        const others = othersCpu()
        if (others < disturbingCpu || attempt === most) return { rounds: [{ ...figures, othersCpu: others }] }
        say(`  ${entry.key} was disturbed: others used ${others.toFixed(2)} of a core`)
      } catch (error) {
        if (error instanceof Disqualified) return { rounds: [], disqualified: error.message }
        // One that cannot be measured is told of and left out: the others' hour is not thrown away.
        say(`  ${entry.key} could not be measured: ${error instanceof Error ? error.message : String(error)}`)
        process.exitCode = 1
        return { rounds: [] }
      }
    }
  }
}

/** What is gone on from: earlier rounds where they are added to, else earlier results of other scenarios. */
function startingPoint({ file, append, scenarios, profile, sessions }: Options): Results {
  const earlier = readResults(file)
  const kept = Object.entries(earlier?.scenarios ?? {}).filter(
    ([name]) => append || !scenarios.some((scenario) => scenario.name === name),
  )
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machineFacts(),
    method: {
      connections: profile.connections,
      warmupSeconds: profile.warmupMs / 1000,
      measuredSeconds: profile.measureMs / 1000,
      storedSessions: sessions,
    },
    versions: versionsOf(fileURLToPath(import.meta.resolve('./package.json'))),
    scenarios: Object.fromEntries(kept),
  }
}

function withRound(
  results: Results,
  { name, title }: Scenario,
  entry: Entry,
  { rounds, disqualified }: Pick<EntryResults, 'rounds' | 'disqualified'>,
): Results {
  const scenario = results.scenarios[name]
  const before = scenario?.entries[entry.key]
  const why = disqualified ?? before?.disqualified
  const after: EntryResults = {
    title: entry.title,
    ...(why === undefined ? {} : { disqualified: why }),
    rounds: [...(before?.rounds ?? []), ...rounds],
  }
  return {
    ...results,
    scenarios: { ...results.scenarios, [name]: { title, entries: { ...scenario?.entries, [entry.key]: after } } },
  }
}
