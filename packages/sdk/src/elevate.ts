import { contextClient } from './context.ts'
import { boundMethod, type InputOf, type Method } from './method.ts'

/**
 * Gives a method as the site itself makes it.
 *
 * The client of the context has to be one that acts for the site (`ApiKeyStrategy`, `AppStrategy`): elevation is a statement
 * that a call is meant to be made with such rights, not a way to get them.
 *
 * @throws {TypeError} When called and the client of the context acts for a visitor or member.
 *
 * @example
 * ```ts
 * await runInContext(admin, () => auth.elevate(authentication.logout)())
 * ```
 */
function elevate<Input, Output>(method: Method<Input, Output>): (...input: InputOf<Input>) => Promise<Output> {
  return async (...input) => {
    const client = contextClient()
    if (!client.elevated) {
      throw new TypeError('Cannot elevate a method as the client of the context acts for a visitor or member')
    }
    return boundMethod(client, method)(...input)
  }
}

export const auth: { readonly elevate: typeof elevate } = { elevate }
