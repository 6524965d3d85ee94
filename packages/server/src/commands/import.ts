import { parseConfiguration } from '../config/parse-configuration.ts'
import { addressOf } from './ask-running-server.ts'
import type { Command } from './command.ts'
import { askToImport, type ImportTarget } from './importing/import-request.ts'
import { type Line, linesOf, type Place } from './importing/lines.ts'
import { readMemberLine } from './importing/member-line.ts'
import { noProgress, type Progress, ProgressFile } from './importing/progress.ts'
import { isUrl, notOption, RefusedCommand, UsageError } from './refusals.ts'

/** As many as the server takes at once, and half of what it takes of bytes. */
const membersAtOnce = 500
const bytesAtOnce = 512 * 1024

/** Where nobody looks at a terminal, a line for each so many batches. */
const batchesPerLine = 10

/**
 * Brings in members from a file of JSON lines, by a server that is running. Goes on where it was interrupted. Lines that are refused are told
 * by their number, and the exit code is 1 then.
 */
export const importMembers: Command = {
  parameters: '<file> [--url <url>] [--dry-run]',
  summary: 'brings in members from a file of JSON lines (by a running server, with ADJOURN_ADMIN_KEY set)',
  run: async (rest) => {
    const { file, url, dryRun } = argumentsOf(rest)
    const configuration = parseConfiguration(process.env)
    const { adminKey } = configuration
    if (adminKey === undefined) {
      throw new RefusedCommand(
        'Set ADJOURN_ADMIN_KEY to the administrator key of an owner, so that the server can be asked',
      )
    }
    const target = { url: url ?? ownUrl(configuration), adminKey, dryRun }
    const { imported, exists, refused } = await importFile(file, target)
    const done = dryRun ? 'would be imported' : 'imported'
    process.stdout.write(`${counted(imported)} ${done}, ${exists} there before, ${refused} refused\n`)
    if (refused > 0) process.exitCode = 1
  },
}

async function importFile(file: string, target: ImportTarget): Promise<Progress> {
  const progressFile = await ProgressFile.of(file, target.url)
  let progress = target.dryRun ? noProgress : await progressFile.read()
  if (progress.line > 0) process.stdout.write(`Going on after line ${progress.line}\n`)
  let batches = 0
  for await (const batch of batchesOf(file, progress)) {
    progress = await bringIn(target, batch, progress)
    if (!target.dryRun) await progressFile.keep(progress)
    batches += 1
    tell(progress, batches)
  }
  if (process.stdout.isTTY && batches > 0) process.stdout.write('\n')
  await (target.dryRun ? undefined : progressFile.remove())
  return progress
}

interface Batch {
  readonly members: readonly { readonly number: number; readonly member: object }[]
  readonly problems: readonly { readonly number: number; readonly problem: string }[]
  readonly after: Place
}

async function* batchesOf(file: string, from: Place): AsyncGenerator<Batch> {
  let members: { readonly number: number; readonly member: object }[] = []
  let problems: { readonly number: number; readonly problem: string }[] = []
  let bytes = 0
  let last: Line | undefined
  for await (const line of linesOf(file, from)) {
    last = line
    const read = readMemberLine(line)
    if ('problem' in read) problems.push({ number: line.number, problem: read.problem })
    if ('member' in read) {
      members.push({ number: line.number, member: read.member })
      bytes += read.bytes
    }
    if (members.length + problems.length < membersAtOnce && bytes < bytesAtOnce) continue
    yield { members, problems, after: line.after }
    members = []
    problems = []
    bytes = 0
    last = undefined
  }
  if (last !== undefined) yield { members, problems, after: last.after }
}

async function bringIn(target: ImportTarget, { members, problems, after }: Batch, before: Progress): Promise<Progress> {
  const results =
    members.length === 0
      ? []
      : await askToImport(
          target,
          members.map(({ member }) => member),
        )
  const refused = [
    ...problems,
    ...results.flatMap(({ outcome, problems: found }, index) =>
      outcome === 'refused' ? [{ number: members[index]?.number ?? 0, problem: found.join('; ') }] : [],
    ),
  ].toSorted((a, b) => a.number - b.number)
  for (const { number, problem } of refused) process.stderr.write(`line ${number}: ${problem}\n`)
  const count = (...outcomes: readonly string[]) => results.filter(({ outcome }) => outcomes.includes(outcome)).length
  return {
    ...after,
    imported: before.imported + count('imported', 'importable'),
    exists: before.exists + count('exists'),
    refused: before.refused + refused.length,
  }
}

function tell({ line, imported, exists, refused }: Progress, batches: number): void {
  const said = `${line} lines: ${imported} good, ${exists} there before, ${refused} refused`
  if (process.stdout.isTTY) process.stdout.write(`\r${said}`)
  else if (batches % batchesPerLine === 0) process.stdout.write(`${said}\n`)
}

function argumentsOf(rest: readonly string[]): {
  readonly file: string
  readonly url: string | undefined
  readonly dryRun: boolean
} {
  const usage = 'adjourn import takes the name of a file, --url with the address of a server, and --dry-run'
  const words = [...rest]
  const files: string[] = []
  let url: string | undefined
  let dryRun = false
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--dry-run') dryRun = true
    else if (word === '--url' || word.startsWith('--url=')) {
      url = readUrl(word === '--url' ? (words.shift() ?? '') : word.slice('--url='.length))
    } else if (word.startsWith('-')) throw new UsageError(`${usage}${notOption([word])}`)
    else files.push(word)
  }
  const [file, ...more] = files
  if (file === undefined || more.length > 0 || isUrl(file)) throw new UsageError(usage)
  return { file, url, dryRun }
}

/** No part of it is told where it is none: a password may stand in it. */
function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isOurs = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  if (!isOurs)
    throw new UsageError('adjourn import needs an http or https address after --url, without a user and password')
  return url.origin + url.pathname.replace(/\/+$/, '')
}

function ownUrl(configuration: Parameters<typeof addressOf>[0]): string {
  if (configuration.port === 0) throw new RefusedCommand('Say with --url at which address the server is')
  const { host, port } = addressOf(configuration)
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function counted(members: number): string {
  return members === 1 ? '1 member' : `${members} members`
}
