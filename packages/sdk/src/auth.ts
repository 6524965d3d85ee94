import { RefusedError } from './errors.ts'
import { type ApiRequest, type Connection, callApi } from './transport.ts'

/** How a client proves who it is. */
export interface Auth {
  /** What goes into the `Authorization` header of a call; `undefined` for nothing. */
  authorization(): Promise<string | undefined>
  /** Told of a refusal because of the credential; resolves to whether the call is worth another try with a new one. */
  refused?(authorization: string | undefined, because: string | null): Promise<boolean>
  /** Whether calls are made for the site and not for a visitor or member. */
  readonly elevated: boolean
}

/** Makes a call with a credential. One that is refused may be renewed, and the call made once more, never a third time. */
export async function callAs(
  auth: Pick<Auth, 'authorization' | 'refused'>,
  connection: Connection,
  request: Omit<ApiRequest, 'authorization'>,
): Promise<unknown> {
  const authorization = await auth.authorization()
  try {
    return await callApi(connection, { ...request, authorization })
  } catch (error) {
    if (!isRefusedCredential(error) || authorization === undefined || auth.refused === undefined) throw error
    if (!(await auth.refused(authorization, becauseOf(error)))) throw error
    return callApi(connection, { ...request, authorization: await auth.authorization() })
  }
}

/**
 * Whether a call was refused because of the credential that it was made with. The status alone does not say so: a wrong password
 * is a 401 too, and to try that again would count as a second guess.
 */
export function isRefusedCredential(error: unknown): error is RefusedError {
  return error instanceof RefusedError && error.code === 'UNAUTHENTICATED'
}

/** Why a session is over, where the server says so. */
export function becauseOf({ data: { because } }: RefusedError): string | null {
  return typeof because === 'string' ? because : null
}
