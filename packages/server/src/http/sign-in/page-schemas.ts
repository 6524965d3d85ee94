import { Type } from 'typebox'
import { authorizationFieldNames } from '../authorization/authorization-request.ts'
import { signInFieldNames } from '../pages/sign-in-fields.ts'
import { snakeCase } from '../wire/either-spelling.ts'
import { optional } from '../wire/validation.ts'
import { siteFlowFieldNames } from './site-flow.ts'

const texts = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, optional(Type.String())]))

/** What a flow consists of, in either spelling: as texts only, so that what no store can carry is refused before all else. */
const flowFields = texts(
  [...authorizationFieldNames, ...siteFlowFieldNames, 'redirectSession'].flatMap((name) => [name, snakeCase(name)]),
)

/** The query of a page. */
export const pageQuery = Type.Object(flowFields)

/** What a form sends: what is on its face, and the flow in hidden fields. */
export const pageForm = Type.Object({ ...flowFields, ...texts(Object.values(signInFieldNames)) })

/** The text of a field of a form; empty where there is none. */
export function fieldOf(form: unknown, name: keyof typeof signInFieldNames): string {
  const value = (form as Readonly<Record<string, unknown>> | null)?.[signInFieldNames[name]]
  return typeof value === 'string' ? value : ''
}
