/** What a client is made of. */
import { expect, test } from 'vitest'
import { authentication, createClient, OAuthStrategy } from '../src/index.ts'

const auth = OAuthStrategy({ clientId: 'x' })
const baseUrl = 'https://auth.shop.example'

test.each(['auth', 'asContext', 'enableContext'])(
  'a module named %s would hide what every client has, and is refused',
  (name) => {
    expect(() => createClient({ baseUrl, auth, modules: { [name]: authentication } })).toThrow(
      `Cannot create a client as a module is named ${name}`,
    )
  },
)

test('a module of any other name is bound', () => {
  expect(createClient({ baseUrl, auth, modules: { mine: authentication } }).mine.logout).toBeTypeOf('function')
})
