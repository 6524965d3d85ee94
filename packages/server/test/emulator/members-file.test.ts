import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readMembersFile, UnusableMembers } from '../../src/emulator/members-file.ts'
import { logIn } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { startTestEmulator } from '../support/test-emulator.ts'

const ada = { email: 'ada@shop.example', password: 'a long passphrase of ada' }
const grace = { email: 'grace@shop.example', password: 'a long passphrase of grace' }

/** What an emulator says of a file with this text: every problem, or none when it started with it. */
async function problemsOf(text: string): Promise<readonly string[]> {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'members.json')
  writeFileSync(path, text)
  try {
    const { members } = await readMembersFile(path)
    await (await startTestEmulator(members)).close()
    return []
  } catch (error) {
    if (!(error instanceof UnusableMembers)) throw error
    expect(error.message).toContain('members.json cannot be used, and no member was added:\n- ')
    expect(error.message).not.toMatch(/passphrase|topsecret/)
    return error.problems
  }
}

const refused: readonly (readonly [what: string, file: unknown, problems: readonly (string | RegExp)[]])[] = [
  ['an object in place of the list', { members: [ada] }, ['the file must hold a list of members']],
  ['a text in place of the list', 'topsecret', ['the file must hold a list of members']],
  ['an entry that is a text', [ada, 'topsecret'], [/^entry 2: .*\(TYPE\)$/]],
  ['an entry that is a list', [[ada]], [/^entry 1: .*\(TYPE\)$/]],
  [
    'an empty entry',
    [{}],
    ['entry 1, email: is required (REQUIRED_FIELD)', 'entry 1, password: is required (REQUIRED_FIELD)'],
  ],
  ['an entry without a password', [ada, { email: grace.email }], ['entry 2, password: is required (REQUIRED_FIELD)']],
  ['a password that is a number', [{ ...ada, password: 12345678 }], [/^entry 1, password: .*\(TYPE\)$/]],
  [
    'a misspelt field',
    [{ ...ada, pasword: 'topsecret' }],
    ['entry 1, pasword: is not a field; the fields are email, password, profile (UNKNOWN_FIELD)'],
  ],
  [
    'a field of the profile beside it',
    [{ ...ada, firstName: 'Ada' }],
    [/^entry 1, firstName: is not a field; .*\(UNKNOWN_FIELD\)$/],
  ],
  [
    'a misspelt field of the profile',
    [{ ...ada, profile: { firstname: 'Ada' } }],
    [/^entry 1, profile\.firstname: is not a field; .*firstName, .*\(UNKNOWN_FIELD\)$/],
  ],
  [
    'a field of the profile of another type',
    [ada, { ...grace, profile: { firstName: 7 } }],
    [/^entry 2, profile\.firstName: .*\(TYPE\)$/],
  ],
  [
    'a name that is too long',
    [{ ...ada, profile: { lastName: 'x'.repeat(101) } }],
    [/^entry 1, profile\.lastName: .*\(MAX_LENGTH\)$/],
  ],
  [
    'an address that is none',
    [ada, { ...grace, email: 'grace' }],
    ['entry 2, email: must be an email address (FORMAT)'],
  ],
  [
    'an address that is there twice',
    [ada, grace, { ...ada, email: 'ADA@shop.example' }],
    ['entry 3, email: is the address of entry 1 too (EMAIL_TAKEN)'],
  ],
  ['a password that is too short', [{ ...ada, password: 'x7!' }], [/^entry 1, password: .*\(MIN_LENGTH\)$/]],
  ['a common password', [ada, { ...grace, password: 'iloveyou123' }], [/^entry 2, password: .*\(PASSWORD_COMMON\)$/]],
  [
    'a password that is the own name',
    [{ ...ada, password: 'von Lovelace-Byron', profile: { lastName: 'von Lovelace-Byron' } }],
    [/^entry 1, password: .*\(PASSWORD_CONTEXT\)$/],
  ],
  [
    'several problems at once',
    [{ ...ada, email: 'ada' }, grace, { ...grace, password: 'x' }],
    [
      'entry 1, email: must be an email address (FORMAT)',
      'entry 3, email: is the address of entry 2 too (EMAIL_TAKEN)',
      /^entry 3, password: .*\(MIN_LENGTH\)$/,
    ],
  ],
]

for (const [what, file, expected] of refused) {
  test(`a file with ${what} is refused by entry, field and rule, and nothing starts`, async () => {
    const problems = await problemsOf(JSON.stringify(file))
    expect(problems).toEqual(expected.map((each) => (typeof each === 'string' ? each : expect.stringMatching(each))))
  })
}

test('a file that is no JSON is refused by the place of the mistake, without what stands there', async () => {
  const problems = await problemsOf(`[\n  { "email": "ada@shop.example", "password": topsecret }\n]`)
  expect(problems).toEqual([expect.stringMatching(/^the file is not valid JSON( \(line 2 column \d+\))?$/)])
})

test('an empty file is no JSON, and a file that is not there cannot be read', async () => {
  expect(await problemsOf('')).toEqual([expect.stringMatching(/^the file is not valid JSON/)])
  await expect(readMembersFile('/nowhere/members.json')).rejects.toThrow('the file cannot be read (ENOENT)')
})

test('an empty list is a file of nobody', async () => {
  expect(await problemsOf('[]')).toEqual([])
})

test('members of a file can log in with what stands there, and their profile is what registering would have kept', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'members.json')
  const profile = { firstName: 'Ada', lastName: null, customFields: { shoeSize: 38 }, phones: ['+44 20 7946 0000'] }
  writeFileSync(path, JSON.stringify([{ ...ada, profile }, grace]))
  const { members } = await readMembersFile(path)
  await using emulator = await startTestEmulator(members)
  const register = { ...ada, email: 'other@shop.example' }
  const registered = await send(`${emulator.url}/v2/register`, {
    json: { loginId: { email: register.email }, password: register.password, profile },
  })
  const identityOf = (answer: { json: <T>() => T }) =>
    answer.json<{ state: string; identity: { identityProfile: object; status: object } }>()
  const [adaIn, graceIn] = await Promise.all(
    [ada, grace].map(({ email, password }) => logIn(emulator, { loginId: { email }, password })),
  )
  if (adaIn === undefined || graceIn === undefined) throw new Error('Nobody logged in')
  expect(identityOf(graceIn)).toMatchObject({ state: 'SUCCESS' })
  const [fromFile, byHand] = [identityOf(adaIn), identityOf(registered)]
  expect(fromFile.state).toBe('SUCCESS')
  expect({ ...fromFile.identity.identityProfile, emails: [] }).toEqual({
    ...byHand.identity.identityProfile,
    emails: [],
  })
  expect(fromFile.identity.status).toEqual(byHand.identity.status)
})
