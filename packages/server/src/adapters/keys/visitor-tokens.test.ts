import { beforeAll, describe, expect, test } from 'vitest'
import type { StoredKey } from '../../ports/keys.ts'
import { visitorTokenLifetimeMs } from '../../ports/visitor-tokens.ts'
import { generateKey } from './generate-keys.ts'
import { createKeyring } from './keyring.ts'
import { client, fromStart, manualClock, site, startOfTest, visitor } from './test-installation.ts'
import { createVisitorTokens } from './visitor-tokens.ts'

const claims = { site, client, visitor, generation: 3, clientGeneration: 2, issuedAt: startOfTest }
const notGenuine = { state: 'not_genuine' }

let root: StoredKey

beforeAll(async () => {
  root = await generateKey('mac', fromStart)
})

function service(stored: readonly StoredKey[] = [root]) {
  const keyring = createKeyring({ stored, clock: manualClock() })
  return { keyring, tokens: createVisitorTokens(keyring) }
}

describe('a visitor refresh token', () => {
  test('says on every node what it was minted with, and needs no row for it', () => {
    const token = service().tokens.mint(claims)
    expect(service().tokens.read(token)).toEqual({ state: 'genuine', claims })
  })

  test('is adj_visitor_, a payload, a dot and a MAC, without a comma', () => {
    expect(service().tokens.mint(claims)).toMatch(/^adj_visitor_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/)
  })

  test('is genuine whatever its age, so that the caller decides by issuedAt; a lifetime is a year', () => {
    const old = { ...claims, issuedAt: startOfTest - 2 * visitorTokenLifetimeMs }
    const { tokens } = service()
    expect(tokens.read(tokens.mint(old))).toEqual({ state: 'genuine', claims: old })
    expect(visitorTokenLifetimeMs).toBe(31_536_000_000)
  })

  test('is refused when any one character is exchanged, left out or doubled', () => {
    const { tokens } = service()
    const token = tokens.mint(claims)
    for (let position = 0; position < token.length; position += 1) {
      const [head, tail] = [token.slice(0, position), token.slice(position + 1)]
      const character = token[position] ?? ''
      for (const put of [character === 'A' ? 'B' : 'A', '', character + character]) {
        if (head + put + tail !== token) expect(tokens.read(head + put + tail)).toEqual(notGenuine)
      }
    }
  })

  test('is refused when its payload is exchanged for that of another visitor', () => {
    const { tokens } = service()
    const [, mac] = tokens.mint(claims).split('.')
    const [payload] = tokens.mint({ ...claims, generation: 4 }).split('.')
    expect(tokens.read(`${payload}.${mac}`)).toEqual(notGenuine)
  })

  test('is refused by an installation with another MAC root', async () => {
    const elsewhere = service([await generateKey('mac', fromStart)])
    expect(elsewhere.tokens.read(service().tokens.mint(claims))).toEqual(notGenuine)
  })

  test('survives a rotation of the MAC root, and ends with the retirement of its own', async () => {
    const newer = await generateKey('mac', { ...fromStart, createdAt: startOfTest + 1 })
    const { keyring, tokens } = service()
    const token = tokens.mint(claims)
    keyring.replace([root, newer])
    expect(tokens.mint(claims)).not.toBe(token)
    expect(tokens.read(token)).toEqual({ state: 'genuine', claims })
    keyring.replace([newer])
    expect(tokens.read(token)).toEqual(notGenuine)
  })

  test('T-24: the same payload under the prefix of another kind, or with a MAC of another context, is refused', () => {
    const { keyring, tokens } = service()
    const token = tokens.mint(claims)
    expect(tokens.read(token.replace('adj_visitor_', 'adj_refresh_'))).toEqual(notGenuine)
    expect(tokens.read(token.replace('adj_visitor_', ''))).toEqual(notGenuine)
    const authenticated = token.slice(0, token.lastIndexOf('.'))
    const mac = Buffer.from(keyring.mac('confirmation', authenticated)).toString('base64url')
    expect(tokens.read(`${authenticated}.${mac}`)).toEqual(notGenuine)
  })

  test.each([
    ['not JSON', '['],
    ['not a list', '{}'],
    ['null', 'null'],
    ['a list of another layout', JSON.stringify([3, site, client, visitor, 3, startOfTest, 2])],
    [
      'a list of the former layout with what only the present one has',
      JSON.stringify([1, site, client, visitor, 3, startOfTest, 2]),
    ],
    ['a list that is too short', JSON.stringify([2, site, client, visitor, 3, startOfTest])],
    ['a list that is too long', JSON.stringify([2, site, client, visitor, 3, startOfTest, 2, 0])],
    ['an identifier that is not text', JSON.stringify([2, site, client, 5, 3, startOfTest, 2])],
    ['a generation that is text', JSON.stringify([2, site, client, visitor, '3', startOfTest, 2])],
    ['a generation of the client that is text', JSON.stringify([2, site, client, visitor, 3, startOfTest, '2'])],
    ['a time that is not whole', JSON.stringify([2, site, client, visitor, 3, 0.5, 2])],
  ])('with a good MAC over %s is refused', (_what, payload) => {
    const { keyring, tokens } = service()
    const seal = (text: string) => {
      const authenticated = `adj_visitor_${Buffer.from(text).toString('base64url')}`
      return `${authenticated}.${Buffer.from(keyring.mac('visitor', authenticated)).toString('base64url')}`
    }
    expect(tokens.read(seal(JSON.stringify([2, site, client, visitor, 3, startOfTest, 2])))).toMatchObject({
      state: 'genuine',
    })
    // As they were before clients had generations: they are good for a year.
    expect(tokens.read(seal(JSON.stringify([1, site, client, visitor, 3, startOfTest])))).toEqual({
      state: 'genuine',
      claims: { ...claims, clientGeneration: 0 },
    })
    expect(tokens.read(seal(payload))).toEqual(notGenuine)
  })

  test.each(['', 'adj_visitor_', 'adj_visitor_.', '.', 'adj_visitor_a.b', 'a'.repeat(100_000)])(
    '%j is refused',
    (text) => {
      expect(service().tokens.read(text)).toEqual(notGenuine)
    },
  )

  test.each([
    ['a negative generation', { generation: -1 }],
    ['a generation that is not whole', { generation: 0.5 }],
    ["a client's generation that is not whole", { clientGeneration: 1.5 }],
    ['a time that is not a number', { issuedAt: Number.NaN }],
    ['an empty site', { site: '' as typeof site }],
    ['an endless visitor', { visitor: 'v'.repeat(1_000) as typeof visitor }],
  ])('is not minted with %s', (_what, broken) => {
    expect(() => service().tokens.mint({ ...claims, ...broken })).toThrow(RangeError)
  })
})
