/**
 * The settings of a site on the wire. One table says of each what it may be, what it means and how it is read: the schemas of
 * both methods, the checks and the documentation come from it. A new setting is a new entry; without one it does not compile.
 *
 * Durations are in seconds on the wire, and carry that in their names.
 */
import { type TSchema, Type } from 'typebox'
import { normalizeEmail } from '../../domain/email.ts'
import { passwordLengthMax, passwordLengthMinDefault } from '../../domain/password.ts'
import type { ChangeOfSettings } from '../../domain/settings-change.ts'
import { accessTokenSecondsMax, type Branding, defaultSiteSettings, type SiteSettings } from '../../domain/site.ts'
import { parseWebUrl, readOrigin } from '../../domain/web-url.ts'
import { type FieldViolation, ValidationRefusal, violation } from '../../protocol/identity-errors.ts'
import { unknownNames } from '../wire/unknown-names.ts'

/** What a check has to know besides the value. */
export interface Rules {
  /** The lowest floor for passwords: below 8 in an emulator alone. */
  readonly passwordLengthLeast: number
}

interface Setting<Value> {
  /** Where the wire calls it otherwise, as it has another unit. */
  readonly name?: string
  readonly schema: TSchema
  /** Of the domain's units in one of the wire's. */
  readonly unit?: Value extends number ? number : never
  /** What is wrong with a value that the schema takes, in words that follow its name. */
  readonly problem?: (value: Value, rules: Rules) => string | undefined
}

type Settings<Of> = { readonly [Key in keyof Of]-?: Setting<Of[Key]> }

const daySeconds = 24 * 60 * 60
/** Browsers keep no cookie for longer. */
const sessionSecondsMax = 400 * daySeconds
/** Use is written down once a minute, so a shorter idle limit would end sessions that are in use. */
const sessionSecondsMin = 120

const secondsOfSession = (what: string, defaultMs: number) =>
  Type.Integer({
    minimum: sessionSecondsMin,
    maximum: sessionSecondsMax,
    description: `${what}, in seconds, from ${sessionSecondsMin} (two minutes) to ${sessionSecondsMax} (400 days); ${defaultMs / 1000} (${defaultMs / 1000 / daySeconds} days) unless it was changed. For sessions that begin after the change`,
  })

const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])

const branding: Settings<Branding> = {
  displayName: {
    schema: Type.String({
      maxLength: 100,
      description: 'What the site is called in mails and on pages; empty for its own name',
    }),
    problem: singleLine,
  },
  color: {
    schema: Type.String({
      pattern: '^#[0-9A-Fa-f]{6}$',
      description: 'Of buttons and links, `#rrggbb`',
    }),
  },
  logoUrl: {
    schema: orNull(Type.String({ maxLength: 2048, description: 'An https address; null for no picture' })),
    problem: (value) =>
      value === null || parseWebUrl(value)?.protocol === 'https:' ? undefined : 'must be an https address, or null',
  },
}

const settings: Settings<SiteSettings> = {
  registration: {
    schema: Type.Enum(['open', 'closed'], { description: 'Whether anybody may register' }),
  },
  requireOwnerApproval: {
    schema: Type.Boolean({ description: 'A new member waits until an administrator approves' }),
  },
  requireEmailVerification: {
    schema: Type.Boolean({ description: 'A new member proves their address before they are let in' }),
  },
  passwordMinimumLength: {
    schema: Type.Integer({
      minimum: 1,
      maximum: passwordLengthMax,
      description: `Characters of a new password at least, from ${passwordLengthMinDefault} to ${passwordLengthMax}; an emulator takes 4 and more. Passwords that members have stay good`,
    }),
    problem: (value, { passwordLengthLeast }) =>
      value < passwordLengthLeast ? `must be at least ${passwordLengthLeast}` : undefined,
  },
  passwordChangeWithinSeconds: {
    schema: orNull(
      Type.Integer({
        minimum: 60,
        maximum: sessionSecondsMax,
        description: `How soon after logging in a member may change their password, in seconds, from 60 to ${sessionSecondsMax} (400 days); null, which it is unless it was changed, for always`,
      }),
    ),
  },
  accessTokenSeconds: {
    schema: Type.Integer({
      minimum: 60,
      maximum: accessTokenSecondsMax,
      description: `How long an access token is good, from 60 to ${accessTokenSecondsMax} s; ${defaultSiteSettings.accessTokenSeconds} unless it was changed. A resource server that only checks signatures accepts one that long after logout`,
    }),
  },
  sessionIdleMs: {
    name: 'sessionIdleSeconds',
    unit: 1000,
    schema: secondsOfSession(
      'How long a session may be left unused before it is over',
      defaultSiteSettings.sessionIdleMs,
    ),
  },
  sessionOverallMs: {
    name: 'sessionOverallSeconds',
    unit: 1000,
    schema: secondsOfSession(
      'How long a session lasts at most, however much it is used',
      defaultSiteSettings.sessionOverallMs,
    ),
  },
  sessionsPerMember: {
    schema: Type.Integer({
      minimum: 1,
      maximum: 1000,
      description: `How many sessions a member may have at once, from 1 to 1000; ${defaultSiteSettings.sessionsPerMember} unless it was changed. One more ends the oldest, as a logout would`,
    }),
  },
  auditRetentionMs: {
    name: 'auditRetentionDays',
    unit: daySeconds * 1000,
    schema: Type.Integer({
      minimum: 30,
      maximum: 3650,
      description:
        'For how many days records of the audit log are kept, from 30 to 3,650; 400 unless it was changed. What a lower value no longer keeps is deleted soon after',
    }),
  },
  hideUnknownAddresses: {
    schema: Type.Boolean({
      description:
        'Answer an unknown address at login as a wrong password. Callers that tell the two apart no longer can',
    }),
  },
  limits: {
    schema: Type.Enum(['kept', 'lifted'], {
      description:
        'Whether attempts to log in, to register and the like are limited. `lifted` is for tests of a site alone: passwords may then be guessed as fast as they can be checked',
    }),
  },
  branding: { schema: Type.Object(schemasOf(branding, (schema) => Type.Optional(schema))) },
  language: {
    schema: Type.String({
      pattern: '^[a-z]{2}$',
      description: 'In which language members are written to who have said none: two letters (ISO 639-1)',
    }),
  },
  ownerEmail: {
    schema: orNull(
      Type.String({ maxLength: 254, description: 'Who is told of members that wait for approval; null for nobody' }),
    ),
    problem: (value) =>
      value === null || normalizeEmail(value) !== undefined ? undefined : 'must be an e-mail address, or null',
  },
  developmentOrigins: {
    schema: Type.Array(Type.String({ maxLength: 300 }), {
      maxItems: 50,
      description:
        'Origins whose scripts may call the API besides those of the clients, such as `http://localhost:5173`. Takes the place of the whole list',
    }),
    problem: (origins) => origins.map(problemOfOrigin).find((problem) => problem !== undefined),
  },
}

/** Some settings, as a change names them. */
export const settingsToChange = Type.Object(
  schemasOf(settings, (schema) => Type.Optional(schema)),
  { description: 'Those that are to be different; the others stay as they are' },
)

/** All settings, as they are told. */
export const toldSettings = Type.Object({
  ...schemasOf(settings, (schema) => schema),
  branding: Type.Object(schemasOf(branding, (schema) => schema)),
})

export const siteName = Type.String({ maxLength: 100, description: 'What the site is called. No password may be it' })

/** All settings as the wire has them. */
export function settingsMessage(of: SiteSettings): Record<string, unknown> {
  return Object.fromEntries(
    entriesOf(settings).map(([key, { name = key, unit }]) => {
      const value = of[key]
      return [name, unit === undefined ? value : (value as number) / unit]
    }),
  )
}

/**
 * Reads a change that the schema took.
 *
 * @throws {ValidationRefusal} When a value breaks a rule, or there is no setting of a name: what has no effect must not look
 *   as if it had one.
 */
export function readChangeOfSettings(sent: Readonly<Record<string, unknown>>, rules: Rules): ChangeOfSettings {
  const { values, violations } = readFields(settings, sent, rules, 'settings')
  const ofBranding =
    values['branding'] === undefined
      ? { values: undefined, violations: [] }
      : readFields(branding, values['branding'] as Record<string, unknown>, rules, 'settings.branding')
  const all = [...violations, ...ofBranding.violations]
  if (all.length > 0) throw new ValidationRefusal(all)
  return { ...values, ...(ofBranding.values === undefined ? {} : { branding: ofBranding.values }) }
}

/**
 * The name of a site, without what surrounds it.
 *
 * @throws {ValidationRefusal} When nothing is left, or more than a line.
 */
export function readSiteName(sent: string): string {
  const name = sent.trim()
  const problem = name === '' ? 'must not be empty' : singleLine(name)
  if (problem !== undefined) throw new ValidationRefusal([violation('name', 'FORMAT', problem)])
  return name
}

function readFields<Of>(
  of: Settings<Of>,
  sent: Readonly<Record<string, unknown>>,
  rules: Rules,
  path: string,
): { readonly values: Record<string, unknown>; readonly violations: readonly FieldViolation[] } {
  const values: Record<string, unknown> = {}
  const byName = new Map(entriesOf(of).map(([key, setting]) => [setting.name ?? key, { key, setting }] as const))
  const violations = [...unknownNames(sent, [...byName.keys()], { what: 'setting', path: `${path}.` })]
  for (const [name, value] of Object.entries(sent)) {
    const found = byName.get(name)
    if (found === undefined) continue
    const { key, setting } = found
    // The schema has taken it, so it has the type.
    const read = (setting.unit === undefined ? value : (value as number) * setting.unit) as Of[typeof key]
    const problem = setting.problem?.(read, rules)
    if (problem !== undefined) violations.push(violation(`${path}.${name}`, 'FORMAT', problem))
    values[key] = read
  }
  return { values, violations }
}

function schemasOf<Of>(of: Settings<Of>, as: (schema: TSchema) => TSchema): Record<string, TSchema> {
  return Object.fromEntries(entriesOf(of).map(([key, { name = key, schema }]) => [name, as(schema)]))
}

function entriesOf<Of>(of: Settings<Of>): readonly (readonly [keyof Of & string, Setting<Of[keyof Of]>])[] {
  return Object.entries(of) as unknown as readonly (readonly [keyof Of & string, Setting<Of[keyof Of]>])[]
}

/** Names stand in the heads of mails and in titles. */
function singleLine(value: string): string | undefined {
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value) ? 'must be one line, without control characters' : undefined
}

function problemOfOrigin(text: string): string | undefined {
  const reading = readOrigin(text)
  if ('problem' in reading) return reading.problem
  return reading.url.origin === text ? undefined : `must be written as browsers send it, ${reading.url.origin}`
}
