import { type Static, Type } from 'typebox'
import type { ProfileChange } from '../../domain/profile-change.ts'
import { optional } from '../wire/validation.ts'

const text = (maxLength: number) => Type.String({ maxLength })
const list = <Item extends ReturnType<typeof Type.Object>>(item: Item) => optional(Type.Array(item, { maxItems: 100 }))

const address = Type.Object({
  addressLine: optional(text(500)),
  addressLine2: optional(text(500)),
  formattedAddress: optional(text(1000)),
  city: optional(text(200)),
  subdivision: optional(text(200)),
  country: optional(text(2)),
  postalCode: optional(text(50)),
  countryFullname: optional(text(200)),
  subdivisionFullname: optional(text(200)),
  hint: optional(text(500)),
  geocode: optional(Type.Object({ latitude: optional(Type.Number()), longitude: optional(Type.Number()) })),
  streetAddress: optional(
    Type.Object({ name: optional(text(500)), number: optional(text(50)), apt: optional(text(50)) }),
  ),
})

/** What a member may say of themselves. Every field is optional; fields that are not listed are dropped. */
export const identityProfile = Type.Object({
  firstName: optional(text(100)),
  lastName: optional(text(100)),
  nickname: optional(text(100)),
  picture: optional(text(2048)),
  emails: optional(Type.Array(text(254), { maxItems: 100 })),
  phones: optional(Type.Array(text(50), { maxItems: 100 })),
  labels: optional(Type.Array(text(200), { maxItems: 2000 })),
  language: optional(Type.String({ pattern: '^[A-Za-z]{2}$' })),
  privacyStatus: optional(Type.Enum(['UNDEFINED', 'PUBLIC', 'PRIVATE'])),
  customFields: optional(
    Type.Union([
      Type.Array(Type.Object({ name: text(200), value: Type.Record(Type.String(), Type.Unknown()) }), {
        maxItems: 200,
      }),
      Type.Record(Type.String(), Type.Unknown()),
    ]),
  ),
  secondaryEmails: list(Type.Object({ email: text(254), tag: optional(text(20)) })),
  phonesV2: list(Type.Object({ countryCode: optional(text(2)), phone: text(50), tag: optional(text(20)) })),
  addresses: list(Type.Object({ address: optional(address), tag: optional(text(20)) })),
  company: optional(text(1000)),
  position: optional(text(1000)),
  birthdate: optional(Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })),
  slug: optional(text(255)),
  subscription: optional(Type.Boolean()),
  vatId: optional(text(1000)),
})

/** The listed fields that were given, without the nulls that stand for "not given" anywhere below. */
export function profileToStore(given: Static<typeof identityProfile> | null | undefined): Record<string, unknown> {
  const known = Object.keys(identityProfile.properties)
  return Object.fromEntries(
    Object.entries(given ?? {}).flatMap(([name, value]) =>
      known.includes(name) && value !== null && value !== undefined
        ? [[name, withoutNulls(name === 'customFields' ? asList(value) : value)]]
        : [],
    ),
  )
}

/** What a change of a profile sets and removes: a field that is null is removed, one that is left out stays. */
export function profileChangeOf(given: Static<typeof identityProfile>): ProfileChange {
  const known = Object.keys(identityProfile.properties)
  const remove = Object.entries(given).flatMap(([name, value]) =>
    known.includes(name) && value === null ? [name] : [],
  )
  return { set: profileToStore(given), remove }
}

/** Custom fields also come as a map of plain values; they are kept as the list that every reader of an identity walks. */
function asList(customFields: unknown): unknown {
  if (typeof customFields !== 'object' || customFields === null || Array.isArray(customFields)) return customFields
  return Object.entries(customFields).flatMap(([name, value]) => {
    const typed = asCustomValue(value)
    return typed === undefined ? [] : [{ name, value: typed }]
  })
}

function asCustomValue(value: unknown): unknown {
  if (typeof value === 'string') return { strValue: value }
  if (typeof value === 'number') return { numValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Array.isArray(value) || value === null ? undefined : value
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => (field === null ? [] : [[name, withoutNulls(field)]])),
  )
}
