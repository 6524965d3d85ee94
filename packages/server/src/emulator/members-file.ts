import { readFile } from 'node:fs/promises'
import { type Static, Type } from 'typebox'
import { identityProfile, profileToStore } from '../http/identity/identity-profile.ts'
import { unknownNames } from '../http/wire/unknown-names.ts'
import { compileCheck, optional } from '../http/wire/validation.ts'
import { type FieldViolation, ValidationRefusal } from '../protocol/identity-errors.ts'

/** Members as a file gives them, in its order; what rules there are for addresses and passwords has not been asked yet. */
export interface MembersFile {
  readonly path: string
  readonly members: readonly GivenMember[]
}

export interface GivenMember {
  readonly email: string
  readonly password: string
  /** As it is stored. */
  readonly profile: Readonly<Record<string, unknown>>
}

/** A file of members cannot be used, and nobody of it is a member. `problems` holds every reason, none of them a password. */
export class UnusableMembers extends Error {
  override readonly name = 'UnusableMembers'
  readonly problems: readonly string[]

  constructor(path: string, problems: readonly string[]) {
    super(`${path} cannot be used, and no member was added:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

const entrySchema = Type.Object({
  email: Type.String(),
  password: Type.String(),
  profile: optional(identityProfile),
})
const checkEntry = compileCheck({ schema: entrySchema })

/**
 * Reads a file of members: a JSON list of objects with `email`, `password` and, where wanted, the `profile` that registering
 * takes. A field that is not known is refused: it is most often misspelt.
 *
 * @throws {UnusableMembers} When the file cannot be read, is not such a list, or an entry has a field that is missing, of the
 *   wrong form, or not known. Every problem is told, each with the entry, the field and the rule.
 */
export async function readMembersFile(path: string): Promise<MembersFile> {
  const entries = listIn(path, await textOf(path))
  const problems = entries.flatMap((entry, index) => violationsIn(entry).map((found) => problemOfEntry(index, found)))
  if (problems.length > 0) throw new UnusableMembers(path, problems)
  return {
    path,
    // Checked above: this is the one place where their types are taken at their word.
    members: (entries as readonly Static<typeof entrySchema>[]).map(({ email, password, profile }) => ({
      email,
      password,
      profile: profileToStore(profile),
    })),
  }
}

/** A problem in words: which entry, counted from 1, which field, and which rule. */
export function problemOfEntry(index: number, { field, description, violatedRule, ruleName }: FieldViolation): string {
  const where = field === '' ? `entry ${index + 1}` : `entry ${index + 1}, ${field}`
  return `${where}: ${description} (${ruleName === '' ? violatedRule : ruleName})`
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new UnusableMembers(path, [`the file cannot be read (${code})`])
  }
}

function listIn(path: string, text: string): readonly unknown[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    // Of what the parser says only the place is told: the rest quotes the file, in which there are passwords.
    const place = /\(line \d+ column \d+\)/.exec(String(error))?.[0]
    throw new UnusableMembers(path, [`the file is not valid JSON${place === undefined ? '' : ` ${place}`}`])
  }
  if (Array.isArray(value)) return value
  throw new UnusableMembers(path, ['the file must hold a list of members'])
}

function violationsIn(entry: unknown): readonly FieldViolation[] {
  const { profile } = (entry ?? {}) as { readonly profile?: unknown }
  return [
    ...unknownNames(entry, Object.keys(entrySchema.properties), { what: 'field' }),
    ...unknownNames(profile, Object.keys(identityProfile.properties), { what: 'field', path: 'profile.' }),
    ...violationsOfForm(entry),
  ]
}

function violationsOfForm(entry: unknown): readonly FieldViolation[] {
  const checked = checkEntry(entry)
  if ('value' in checked) return []
  if (checked.error instanceof ValidationRefusal) return checked.error.violations
  throw checked.error
}
