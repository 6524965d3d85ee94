import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf, violationOf, violationsOf } from '../support/answers.ts'
import { signedInMember } from '../support/members.ts'
import { changePassword, logIn, register } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let accessToken: string
beforeAll(async () => {
  server = await startTestServer()
  ;({ accessToken } = await signedInMember(server))
})
afterAll(() => server.close())

const freeEmail = () => `${randomUUID()}@shop.example`
const ways = ['register', 'change password'] as const

/** Sets a password in one of the two ways; gives the answer and the address that it belongs to. */
async function setPassword(way: (typeof ways)[number], password: string) {
  if (way === 'register') {
    const email = freeEmail()
    return { email, field: 'password', answer: await register(server, { loginId: { email }, password }) }
  }
  const member = await signedInMember(server)
  return {
    email: member.email,
    field: 'newPassword',
    answer: await changePassword(server, member.accessToken, password),
  }
}

const treble = '𝄞'
/** Two code points each that NFC makes one of. */
const combined = 'e\u0301'

for (const way of ways) {
  test.each([
    ['8 letters', 'qzvxkwpj'],
    ['8 characters outside the basic plane', treble.repeat(8)],
    ['8 letters with combining marks, once composed', combined.repeat(8)],
    ['16 marks that nothing composes', '\u0315'.repeat(16)],
  ])(`P-01: %s are enough (${way})`, async (_what, password) => {
    expect((await setPassword(way, password)).answer.status).toBe(200)
  })

  test.each([
    ['nothing', ''],
    ['7 letters', 'qzvxkwp'],
    ['7 characters that take 14 units', treble.repeat(7)],
    ['7 letters that come as 14 code points', combined.repeat(7)],
  ])(`P-01: %s are too few (${way})`, async (_what, password) => {
    const { answer, field } = await setPassword(way, password)
    expect(violationOf(answer)).toBe(`400 ${field} MIN_LENGTH`)
    expect(violationsOf(answer)[0]?.data).toEqual({})
  })

  test(`P-02: 256 characters are accepted, and the last of them counts (${way})`, async () => {
    const start = 'ab '.repeat(85)
    const { email, answer } = await setPassword(way, `${start}c`)
    expect(answer.status).toBe(200)
    expect((await logIn(server, { loginId: { email }, password: `${start}c` })).status).toBe(200)
    expect(refusalOf(await logIn(server, { loginId: { email }, password: `${start}d` }))).toBe('401 -19976')
    expect(refusalOf(await logIn(server, { loginId: { email }, password: start }))).toBe('401 -19976')
  })

  test(`P-02: 257 characters are refused rather than cut (${way})`, async () => {
    const { answer, field } = await setPassword(way, `${'ab '.repeat(85)}cd`)
    expect(violationOf(answer)).toBe(`400 ${field} MAX_LENGTH`)
  })

  test(`P-02: both ways to compose an accent are one password, and nothing else is changed (${way})`, async () => {
    const { email } = await setPassword(way, ' Cr\u00e8me Br\u00fbl\u00e9e ')
    const isRight = async (password: string) => (await logIn(server, { loginId: { email }, password })).status === 200
    expect(await isRight(' Cr\u00e8me Br\u00fbl\u00e9e ')).toBe(true)
    expect(await isRight(' Cre\u0300me Bru\u0302le\u0301e ')).toBe(true)
    expect(await isRight('Cr\u00e8me Br\u00fbl\u00e9e')).toBe(false)
    expect(await isRight(' cr\u00e8me br\u00fbl\u00e9e ')).toBe(false)
    expect(await isRight(' Creme Brulee ')).toBe(false)
    // Compatibility forms would be more than NFC.
    expect(await isRight(' \uff23r\u00e8me Br\u00fbl\u00e9e ')).toBe(false)
  })

  test.each(['zzqqzzqqxx', '8642097531', '~~##~~##~~', 'ÄÖÜÄÖÜÄÖÜ', 'correct horse'])(
    `P-03: no mixture of characters is asked for: %s (${way})`,
    async (password) => {
      expect((await setPassword(way, password)).answer.status).toBe(200)
    },
  )

  test.each(['password1', '12345678', 'qwertyuiop', 'iloveyou', 'sunshine', 'football', 'princess1', 'baseball'])(
    `P-04: %s is refused as common (${way})`,
    async (password) => {
      const { answer, field } = await setPassword(way, password)
      expect(violationOf(answer)).toBe(`400 ${field} OTHER PASSWORD_COMMON`)
      expect(answer.text).toContain('most common')
      expect(answer.text).not.toContain(password)
    },
  )
}

test.each(['Ada.Lovelace@Shop.example', 'ada.lovelace', 'ADA.LOVELACE', 'Augusta Ada', 'the lovelaces', 'a countess'])(
  'P-04: %s is refused as a word about the member',
  async (password) => {
    const answer = await register(server, {
      loginId: { email: 'Ada.Lovelace@Shop.example' },
      password,
      profile: { firstName: 'Augusta Ada', lastName: 'The Lovelaces', nickname: 'A Countess' },
    })
    expect(violationOf(answer)).toBe('400 password OTHER PASSWORD_CONTEXT')
  },
)

test('P-04: the name of the site is refused', async () => {
  await using named = await startTestServer()
  named.database.exec(`UPDATE site SET name = 'The Engine Shop'`)
  const answer = await register(named, { loginId: { email: freeEmail() }, password: 'the engine shop' })
  expect(violationOf(answer)).toBe('400 password OTHER PASSWORD_CONTEXT')
})

test('P-04: words about the member are refused in a change of password as well', async () => {
  const member = await signedInMember(server)
  for (const password of [member.email, member.email.split('@')[0] ?? '']) {
    expect(violationOf(await changePassword(server, member.accessToken, password))).toBe(
      '400 newPassword OTHER PASSWORD_CONTEXT',
    )
  }
})

test('P-04: a passphrase that contains such words is no such word', async () => {
  const email = freeEmail()
  const answer = await register(server, { loginId: { email }, password: `password for ${email}` })
  expect(answer.status).toBe(200)
})

test('P-01: a site may ask for more, and then asks for it', async () => {
  await using strict = await startTestServer({ siteSettings: { passwordMinimumLength: 15 } })
  const ask = (password: string) => register(strict, { loginId: { email: freeEmail() }, password })
  expect(violationOf(await ask('qzvxkwpj qzvxk'))).toBe('400 password MIN_LENGTH')
  expect((await ask('qzvxkwpj qzvxkw')).status).toBe(200)
})

test.each([
  ['half a surrogate pair', '"long enough \\ud834"'],
  ['a NUL', '"long enough \\u0000"'],
])('P-02: a new password with %s is refused', async (_what, password) => {
  const sendText = (path: string, body: string, headers: Record<string, string> = {}) =>
    send(`${server.url}${path}`, { body, headers: { 'content-type': 'application/json', ...headers } })
  const registered = await sendText('/v2/register', `{"loginId":{"email":"${freeEmail()}"},"password":${password}}`)
  expect(violationOf(registered)).toBe('400 password FORMAT')
  const changed = await sendText('/v2/change-password', `{"newPassword":${password}}`, { authorization: accessToken })
  expect(violationOf(changed)).toBe('400 newPassword FORMAT')
})
