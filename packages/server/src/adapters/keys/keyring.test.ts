import { calculateJwkThumbprint } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { KeyEncryptionMismatch, NoActiveKey, type StoredKey, UnusableStoredKey } from '../../ports/keys.ts'
import { generateKey, generateKeys } from './generate-keys.ts'
import { createKeyEncryption } from './key-encryption.ts'
import { createKeyring } from './keyring.ts'
import { openPrivateMaterial, sealPrivateMaterial } from './private-material.ts'
import { fromStart, manualClock, startOfTest, systemRandomness } from './test-installation.ts'

const hour = 3_600_000
const keyEncryption = createKeyEncryption(new Uint8Array(32).fill(7), systemRandomness)
const otherEncryption = createKeyEncryption(new Uint8Array(32).fill(8), systemRandomness)

let readable: StoredKey[] = []
let wrapped: StoredKey[] = []

beforeAll(async () => {
  readable = await generateKeys(fromStart)
  wrapped = readable.map((key) => ({
    ...key,
    ...sealPrivateMaterial(key.kid, key.purpose, key.privateMaterial, keyEncryption),
  }))
})

function only(keys: readonly StoredKey[], purpose: StoredKey['purpose']): StoredKey {
  return keys.find((key) => key.purpose === purpose) ?? expect.fail(`no key for ${purpose}`)
}

function ring(stored: readonly StoredKey[], clock = manualClock()) {
  return createKeyring({ stored, keyEncryption, clock })
}

describe('generating', () => {
  test('there is one key for each purpose, with the algorithm of that purpose', () => {
    expect(readable.map(({ purpose, alg }) => [purpose, alg])).toEqual([
      ['access_token', 'ES256'],
      ['id_token', 'RS256'],
      ['mac', 'HS256'],
    ])
  })

  test('the kid of a key pair begins its RFC 7638 thumbprint, as an independent implementation computes it', async () => {
    for (const { kid, publicJwk } of readable) {
      if (publicJwk === null) continue
      expect(kid).toHaveLength(22)
      expect((await calculateJwkThumbprint(JSON.parse(publicJwk))).startsWith(kid)).toBe(true)
    }
  })

  test('a MAC key is 32 bytes from the given randomness and has no public half', async () => {
    const asked: number[] = []
    const bytes = (length: number) => new Uint8Array(length).fill(asked.push(length))
    const key = await generateKey('mac', { ...fromStart, randomness: { ...systemRandomness, bytes } })
    expect(asked).toEqual([16, 32])
    expect(key).toMatchObject({ publicJwk: null, privateMaterial: new Uint8Array(32).fill(2), wrappedBy: null })
  })

  test('RSA keys have 2,048 bits unless 3,072 are asked for', async () => {
    const larger = await generateKey('id_token', { ...fromStart, rsaModulusBits: 3072 })
    const bits = (key: StoredKey) => Buffer.from(JSON.parse(key.publicJwk ?? '').n, 'base64url').length * 8
    expect([bits(only(readable, 'id_token')), bits(larger)]).toEqual([2048, 3072])
  })

  test('with a key-encryption key no key is stored readable', async () => {
    const made = await generateKey('access_token', { ...fromStart, keyEncryption })
    expect(made.wrappedBy).toBe(keyEncryption.fingerprint)
    expect(ring([made]).signingKey('access_token').kid).toBe(made.kid)
    expect(() => ring([{ ...made, wrappedBy: null }])).toThrow(UnusableStoredKey)
  })
})

describe('loading', () => {
  test('wrapped keys load with the key that wrapped them and do the same as the readable ones', () => {
    expect(ring(wrapped).publicJwks()).toEqual(ring(readable).publicJwks())
    expect(ring(wrapped).mac('visitor', 'x')).toEqual(ring(readable).mac('visitor', 'x'))
  })

  test('wrapped keys without a key-encryption key are refused with the name of the setting', () => {
    const load = () => createKeyring({ stored: wrapped, clock: manualClock() })
    expect(load).toThrow(KeyEncryptionMismatch)
    expect(load).toThrow(/ADJOURN_KEY_ENCRYPTION_KEY is not set/)
  })

  test('wrapped keys with another key-encryption key are refused with the name of the setting', () => {
    const load = () => createKeyring({ stored: wrapped, keyEncryption: otherEncryption, clock: manualClock() })
    expect(load).toThrow(KeyEncryptionMismatch)
    expect(load).toThrow(/ADJOURN_KEY_ENCRYPTION_KEY is not the key that wrapped it/)
  })

  test('a row that names our key-encryption key but was wrapped by another is refused', () => {
    const key = only(readable, 'mac')
    const foreign = sealPrivateMaterial(key.kid, key.purpose, key.privateMaterial, otherEncryption)
    expect(() => ring([{ ...key, ...foreign, wrappedBy: keyEncryption.fingerprint }])).toThrow(KeyEncryptionMismatch)
  })

  test('wrapped material that was moved between two kids is refused', async () => {
    const first = only(wrapped, 'access_token')
    const second = await generateKey('access_token', { ...fromStart, keyEncryption })
    expect(() => ring([{ ...second, privateMaterial: first.privateMaterial }])).toThrow(KeyEncryptionMismatch)
  })

  test('keys can be moved to another key-encryption key', () => {
    const moved = wrapped.map((key) => ({
      ...key,
      ...sealPrivateMaterial(key.kid, key.purpose, openPrivateMaterial(key, keyEncryption), otherEncryption),
    }))
    const keyring = createKeyring({ stored: moved, keyEncryption: otherEncryption, clock: manualClock() })
    expect(keyring.publicJwks()).toEqual(ring(wrapped).publicJwks())
  })

  test('H-10: a public half that was replaced in the database is refused, although the private half is wrapped', async () => {
    const attacker = await generateKey('access_token', fromStart)
    const planted = { ...only(wrapped, 'access_token'), publicJwk: attacker.publicJwk }
    expect(() => ring([planted])).toThrow(/public half does not belong/)
  })

  test.each([
    ['an algorithm that does not serve the purpose', { alg: 'HS256' as const }],
    ['RS256 for a key on P-256', { purpose: 'id_token' as const, alg: 'RS256' as const }],
    ['no public half', { publicJwk: null }],
    ['a public half that is not JSON', { publicJwk: '{' }],
    ['a public half that is JSON null', { publicJwk: 'null' }],
    ['a private half that is not a key', { privateMaterial: new Uint8Array(40) }],
  ])('a row with %s is refused by its kid', (_what, broken) => {
    const row = { ...only(readable, 'access_token'), ...broken }
    expect(() => ring([row])).toThrow(UnusableStoredKey)
    expect(() => ring([row])).toThrow(new RegExp(row.kid))
  })

  test('a MAC key that is too short is refused', () => {
    expect(() => ring([{ ...only(readable, 'mac'), privateMaterial: new Uint8Array(16) }])).toThrow(/16/)
  })

  test('two keys of the same name are refused', () => {
    const key = only(readable, 'access_token')
    expect(() => ring([key, key])).toThrow(/same name/)
  })
})

describe('the key set', () => {
  test('O-15: it holds the public members of every key pair with kid, alg and use, and nothing of MAC keys', () => {
    const { keys } = ring(readable).publicJwks()
    expect(keys).toHaveLength(2)
    for (const jwk of keys) {
      const members = jwk.kty === 'EC' ? ['kty', 'crv', 'x', 'y'] : ['kty', 'n', 'e']
      expect(Object.keys(jwk).sort()).toEqual([...members, 'kid', 'alg', 'use'].sort())
      expect(jwk.use).toBe('sig')
    }
  })

  test('O-15: a key that becomes active later is published at once and signs only when its time has come', async () => {
    const clock = manualClock()
    const current = only(readable, 'access_token')
    const next = await generateKey('access_token', { ...fromStart, activeFrom: startOfTest + hour })
    const keyring = ring([current, next], clock)
    expect(keyring.publicJwks().keys.map(({ kid }) => kid)).toContain(next.kid)
    expect(keyring.verificationKey(next.kid, 'access_token')).toBeDefined()
    clock.time = startOfTest + hour - 1
    expect(keyring.signingKey('access_token').kid).toBe(current.kid)
    clock.time = startOfTest + hour
    expect(keyring.signingKey('access_token').kid).toBe(next.kid)
    expect(keyring.publicJwks().keys.map(({ kid }) => kid)).toContain(current.kid)
  })

  test('a key is published, verifies and signs until the moment of its retirement and not from then on', () => {
    const clock = manualClock()
    const key = { ...only(readable, 'access_token'), retiredAt: startOfTest + hour }
    const keyring = ring([key], clock)
    clock.time = startOfTest + hour - 1
    expect(keyring.publicJwks().keys).toHaveLength(1)
    expect(keyring.signingKey('access_token').kid).toBe(key.kid)
    clock.time = startOfTest + hour
    expect(keyring.publicJwks().keys).toEqual([])
    expect(keyring.verificationKey(key.kid, 'access_token')).toBeUndefined()
    expect(() => keyring.signingKey('access_token')).toThrow(NoActiveKey)
  })
})

describe('choosing a key', () => {
  test('a key verifies for its own purpose only', () => {
    const { kid } = only(readable, 'access_token')
    expect(ring(readable).verificationKey(kid, 'access_token')?.kid).toBe(kid)
    expect(ring(readable).verificationKey(kid, 'id_token')).toBeUndefined()
  })

  test('a verification key is public, and nothing is found under the name of a MAC key or an unknown name', () => {
    const keyring = ring(readable)
    expect(keyring.verificationKey(only(readable, 'access_token').kid, 'access_token')?.key.type).toBe('public')
    expect(keyring.verificationKey(only(readable, 'mac').kid, 'access_token')).toBeUndefined()
    expect(keyring.verificationKey('', 'access_token')).toBeUndefined()
    expect(keyring.verificationKey('__proto__', 'access_token')).toBeUndefined()
  })

  test('of two keys that became active in the same moment every node chooses the same', async () => {
    const keys = [only(readable, 'access_token'), await generateKey('access_token', fromStart)]
    expect(ring(keys).signingKey('access_token').kid).toBe(ring(keys.toReversed()).signingKey('access_token').kid)
  })

  test('without an active key it says which purpose has none', () => {
    expect(() => ring([]).signingKey('id_token')).toThrow(/id_token/)
    expect(() => ring([]).mac('visitor', 'x')).toThrow(NoActiveKey)
    expect(ring([]).verifyMac('visitor', 'x', new Uint8Array(32))).toBe(false)
  })

  test('a replacement takes effect at once, and an unchanged key keeps its public key object', async () => {
    const keyring = ring(readable)
    const { kid } = only(readable, 'access_token')
    const before = keyring.verificationKey(kid, 'access_token')
    const next = await generateKey('access_token', { ...fromStart, createdAt: startOfTest + 1 })
    keyring.replace([...readable, next])
    expect(keyring.signingKey('access_token').kid).toBe(next.kid)
    expect(keyring.verificationKey(kid, 'access_token')?.key).toBe(before?.key)
  })

  test('a replacement that cannot be loaded leaves the keys in force as they were', () => {
    const keyring = ring(readable)
    const before = keyring.publicJwks()
    const broken = { ...only(wrapped, 'access_token'), kid: 'renamed' }
    expect(() => keyring.replace([broken])).toThrow(KeyEncryptionMismatch)
    expect(keyring.publicJwks()).toEqual(before)
  })
})

describe('MACs', () => {
  test('a MAC has 32 bytes, is the same each time and verifies', () => {
    const keyring = ring(readable)
    const mac = keyring.mac('visitor', 'data')
    expect(mac).toHaveLength(32)
    expect(keyring.mac('visitor', new TextEncoder().encode('data'))).toEqual(mac)
    expect(keyring.verifyMac('visitor', 'data', mac)).toBe(true)
  })

  test('T-24: a MAC made in one context proves nothing in another', () => {
    const keyring = ring(readable)
    expect(keyring.verifyMac('confirmation', 'data', keyring.mac('visitor', 'data'))).toBe(false)
  })

  test('a MAC for other data, of another length, or altered in any one bit is refused', () => {
    const keyring = ring(readable)
    const mac = keyring.mac('visitor', 'data')
    expect(keyring.verifyMac('visitor', 'datb', mac)).toBe(false)
    for (const length of [0, 16, 31]) expect(keyring.verifyMac('visitor', 'data', mac.subarray(0, length))).toBe(false)
    expect(keyring.verifyMac('visitor', 'data', new Uint8Array([...mac, 0]))).toBe(false)
    for (let bit = 0; bit < 256; bit += 1) {
      const altered = Uint8Array.from(mac, (byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      expect(keyring.verifyMac('visitor', 'data', altered)).toBe(false)
    }
  })

  test('a MAC by an older root verifies until that root is retired, and new MACs come from the newest root', async () => {
    const clock = manualClock()
    const older = { ...only(readable, 'mac'), retiredAt: startOfTest + 2 * hour }
    const newer = await generateKey('mac', { ...fromStart, activeFrom: startOfTest + hour })
    const keyring = ring([older, newer], clock)
    const before = keyring.mac('visitor', 'data')
    clock.time = startOfTest + hour
    expect(keyring.mac('visitor', 'data')).not.toEqual(before)
    expect(keyring.verifyMac('visitor', 'data', before)).toBe(true)
    clock.time = startOfTest + 2 * hour
    expect(keyring.verifyMac('visitor', 'data', before)).toBe(false)
  })

  test.each(['', 'Visitor', 'visitor token', 'visitor\0', '-a', 'a'.repeat(65)])(
    'the context %j is refused',
    (context) => {
      expect(() => ring(readable).mac(context, 'data')).toThrow(RangeError)
      expect(() => ring(readable).verifyMac(context, 'data', new Uint8Array(32))).toThrow(RangeError)
    },
  )
})
