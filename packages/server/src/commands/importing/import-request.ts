import { RefusedCommand } from '../refusals.ts'

/** Where members are brought in, and with which key. */
export interface ImportTarget {
  readonly url: string
  readonly adminKey: string
  readonly dryRun: boolean
}

/** What became of one member. `problems` are sentences without a subject. */
export interface ImportResult {
  readonly outcome: 'imported' | 'exists' | 'importable' | 'refused'
  readonly problems: readonly string[]
}

interface Problem {
  readonly field?: unknown
  readonly rule?: unknown
  readonly description?: unknown
}

/** The body itself was refused, whichever member of it is to blame. */
class BodyRefused extends Error {
  override readonly name = 'BodyRefused'
}

/**
 * Has a running server bring members in.
 *
 * A server that does not take the body at all, because something in it is no text that can be stored or it is too large, is asked with
 * halves of it, down to the one member who is to blame.
 *
 * @returns What became of each, aligned with them.
 * @throws {RefusedCommand} When the server cannot be asked or does not do it. What it has done so far is done.
 */
export async function askToImport(target: ImportTarget, members: readonly object[]): Promise<readonly ImportResult[]> {
  try {
    return await post(target, members)
  } catch (error) {
    if (!(error instanceof BodyRefused)) throw error
    if (members.length === 1) return [{ outcome: 'refused', problems: [error.message] }]
    const middle = Math.ceil(members.length / 2)
    return [
      ...(await askToImport(target, members.slice(0, middle))),
      ...(await askToImport(target, members.slice(middle))),
    ]
  }
}

async function post(
  { url, adminKey, dryRun }: ImportTarget,
  members: readonly object[],
): Promise<readonly ImportResult[]> {
  const address = `${url}/admin/v1/members/import`
  let answer: Response
  let text: string
  try {
    answer = await fetch(address, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ members, dryRun }),
      // The key is for this server, and for none that it sends us to.
      redirect: 'manual',
    })
    text = await answer.text()
  } catch (error) {
    const because = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new RefusedCommand(`No server answers at ${url}: ${because}`)
  }
  const { status } = answer
  if (status === 400 || status === 413) throw new BodyRefused(messageIn(text))
  if (status === 401) throw new RefusedCommand(`The server at ${url} does not know the key in ADJOURN_ADMIN_KEY`)
  if (status === 403) throw new RefusedCommand('The key in ADJOURN_ADMIN_KEY is not that of an owner')
  const results = status === 200 ? resultsIn(text) : undefined
  if (results?.length === members.length) return results
  throw new RefusedCommand(`The server at ${url} did not bring members in (it answered ${status}); its log may say why`)
}

function resultsIn(text: string): readonly ImportResult[] | undefined {
  const results: unknown = parsed(text)?.['results']
  if (!Array.isArray(results)) return undefined
  return results.map(
    ({ outcome, problems = [] }: { outcome: ImportResult['outcome']; problems?: readonly Problem[] }) => ({
      outcome,
      problems: problems.map(wordsOf),
    }),
  )
}

function messageIn(text: string): string {
  const { details } = parsed(text) ?? {}
  const { validationError } = (details ?? {}) as {
    validationError?: { fieldViolations?: readonly (Problem & { violatedRule?: unknown })[] }
  }
  const [violation] = validationError?.fieldViolations ?? []
  // `members.0.profile` is what the server calls it, of a list that only we know.
  if (violation !== undefined) {
    return wordsOf({ ...violation, field: withoutPlace(violation.field), rule: violation.violatedRule })
  }
  return 'is not taken by the server: it is too large, or holds a field that no member has'
}

function withoutPlace(field: unknown): unknown {
  return typeof field === 'string' ? field.replace(/^members\.\d+\.?/, '') : field
}

/** A name that looks like none is left out: in a file that is not what it should be, it could be a hash. */
function wordsOf({ field, rule, description }: Problem): string {
  const name = typeof field === 'string' && /^[\w.]{1,60}$/.test(field) ? field : 'a field of it'
  return `${name} ${String(description)}${typeof rule === 'string' ? ` (${rule})` : ''}`
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}
