import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { type ImportOutcome, importMembers, type MemberToImport } from '../../operations/import-members.ts'
import { type FieldViolation, ValidationRefusal } from '../../protocol/identity-errors.ts'
import { identityProfile, profileToStore } from '../identity/identity-profile.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { unknownNames } from '../wire/unknown-names.ts'
import { compileCheck, optional } from '../wire/validation.ts'
import { addAdministrationMethod } from './add-administration-method.ts'

/** As many as fit into a commit that nobody else has to wait for. */
const membersMax = 500
/** Two kilobytes for each of them. */
const bodyBytesMax = 1024 * 1024

const line = Type.Object({
  email: Type.String({ maxLength: 1000 }),
  id: optional(Type.String({ maxLength: 100 })),
  emailVerified: optional(Type.Boolean()),
  status: optional(Type.Enum(['ACTIVE', 'PENDING', 'BLOCKED', 'OFFLINE'])),
  passwordHash: optional(Type.String({ maxLength: 1000 })),
  profile: optional(identityProfile),
  createdDate: optional(Type.String({ maxLength: 100 })),
})
const checkLine = compileCheck({ schema: line })

/** Adds the method. */
export function importMembersRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings
  addAdministrationMethod(scope, surroundings, {
    address: '/members/import',
    methods: ['POST'],
    role: 'owner',
    summary: 'Bring in members with their password hashes',
    description: `Up to ${membersMax} members, each with an \`email\` and, where wanted, \`id\`, \`emailVerified\`, \`status\`, \`passwordHash\`, \`profile\` and \`createdDate\`. Each is judged by itself: those that are good are added in one commit, and of the others it is told what is wrong. Asked again, nobody is added twice. With \`dryRun\` nobody is added at all.`,
    bodyBytesMax,
    body: Type.Object({
      members: Type.Array(Type.Object({}, { additionalProperties: true }), { maxItems: membersMax }),
      dryRun: optional(Type.Boolean()),
    }),
    answers: {
      200: Type.Object({
        results: Type.Array(
          Type.Object({
            outcome: Type.String({ description: '`imported`, `exists`, `refused`, or `importable` in a dry run' }),
            id: Type.Optional(Type.String({ description: 'Of the member who has the address by now' })),
            problems: Type.Optional(
              Type.Array(Type.Object({ field: Type.String(), rule: Type.String(), description: Type.String() })),
            ),
          }),
          { description: 'What became of each, in the order in which they were given' },
        ),
      }),
    },
    handler: async ({ administrator, body, request }) => {
      const read = body.members.map(readLine)
      const members = read.flatMap((each) => ('email' in each ? [each] : []))
      const dryRun = body.dryRun ?? false
      const outcomes = [...(await importMembers(service, administrator, { members, dryRun, requestId: request.id }))]
      return { results: read.map((each) => resultMessage('email' in each ? outcomes.shift() : each)) }
    },
  })
}

/** A field that is not known is refused: a hash below a misspelt name would be lost without anybody knowing. */
function readLine(given: unknown): MemberToImport | Extract<ImportOutcome, { outcome: 'refused' }> {
  const violations = [...unknownFieldsOf(given), ...violationsOfForm(given)]
  if (violations.length > 0) return { outcome: 'refused', violations }
  // Checked above: this is the one place where its type is taken at its word.
  const { email, id, emailVerified, status, passwordHash, profile, createdDate } = given as Static<typeof line>
  return {
    email,
    id: id ?? null,
    emailVerified: emailVerified ?? false,
    status: status ?? 'ACTIVE',
    passwordHash: passwordHash ?? null,
    profile: profileToStore(profile),
    createdDate: createdDate ?? null,
  }
}

function violationsOfForm(given: unknown): readonly FieldViolation[] {
  const checked = checkLine(given)
  if ('value' in checked) return []
  if (checked.error instanceof ValidationRefusal) return checked.error.violations
  throw checked.error
}

function unknownFieldsOf(given: unknown): readonly FieldViolation[] {
  const { profile } = (given ?? {}) as { readonly profile?: unknown }
  return [
    ...unknownNames(given, Object.keys(line.properties), { what: 'field' }),
    ...unknownNames(profile, Object.keys(identityProfile.properties), { what: 'field', path: 'profile.' }),
  ]
}

function resultMessage(outcome: ImportOutcome | undefined) {
  if (outcome === undefined) throw new RangeError('Cannot say what became of a member as there is no answer for them')
  if (outcome.outcome !== 'refused') return outcome
  const problems = outcome.violations.map(({ field, violatedRule, ruleName, description }) => ({
    field,
    rule: ruleName === '' ? violatedRule : ruleName,
    description,
  }))
  return { outcome: outcome.outcome, problems }
}
