import { describe, expect, test } from 'vitest'
import { HashingOverloaded } from '../../ports/password-hasher.ts'
import { createArgon2Hasher } from './argon2-hasher.ts'

const limits = { concurrency: 2, queue: 100 }
const hasher = createArgon2Hasher(limits)

/** 256 characters, the last of which is asked about below; `é` in its two forms and an emoji among them. */
const longPassword = `Zoé 🦊 ${'w'.repeat(249)}x`
const longHash = await hasher.hash(longPassword)

/** Vectors of the reference implementation: the password is "password", the salt "somesalt". */
const referenceArgon2id = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
const referenceArgon2i = '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8'

const salt = 'A'.repeat(22)
const digest = 'A'.repeat(43)

describe('stored hashes', () => {
  test('P-05: a hash is Argon2id at the OWASP minimum, with a salt of 16 bytes, and says so itself', () => {
    const [, algorithm, version, parameters, saltText = '', digestText = ''] = longHash.split('$')
    expect([algorithm, version, parameters]).toEqual(['argon2id', 'v=19', 'm=19456,t=2,p=1'])
    expect(Buffer.from(saltText, 'base64')).toHaveLength(16)
    expect(Buffer.from(digestText, 'base64')).toHaveLength(32)
  })

  test('P-05: two hashes of one password have different salts and both verify', async () => {
    const again = await hasher.hash(longPassword)
    expect(again.split('$')[4]).not.toBe(longHash.split('$')[4])
    expect(await hasher.verify(longPassword, again)).toBe(true)
  })

  test('P-05: parameters below the OWASP minimum stop the start', () => {
    const tooWeak = [
      { memoryKib: 19_455, passes: 2, parallelism: 1 },
      { memoryKib: 19_456, passes: 1, parallelism: 1 },
      { memoryKib: 47_103, passes: 1, parallelism: 1 },
      { memoryKib: 9_728, passes: 4, parallelism: 1 },
      { memoryKib: 47_104, passes: 0, parallelism: 1 },
      { memoryKib: 19_456, passes: 2, parallelism: 0 },
      { memoryKib: 19_456.5, passes: 2, parallelism: 1 },
      { memoryKib: Number.NaN, passes: 2, parallelism: 1 },
    ]
    for (const parameters of tooWeak) expect(() => createArgon2Hasher({ ...limits, parameters })).toThrow(RangeError)
  })

  test('P-05: the refusal names the parameters seen and those needed', () => {
    const parameters = { memoryKib: 4_096, passes: 3, parallelism: 1 }
    expect(() => createArgon2Hasher({ ...limits, parameters })).toThrow(
      'm = 4096 KiB, t = 3, p = 1, at least m = 19456 KiB with t = 2, or m = 47104 KiB with t = 1',
    )
  })

  test('P-05: one pass is accepted with 47,104 KiB, and more than the minimum is accepted', () => {
    for (const parameters of [
      { memoryKib: 47_104, passes: 1, parallelism: 1 },
      { memoryKib: 65_536, passes: 3, parallelism: 4 },
    ]) {
      expect(() => createArgon2Hasher({ ...limits, parameters })).not.toThrow()
    }
  })

  test('parameters that no stored hash may ask for are refused for new hashes too', () => {
    const parameters = { memoryKib: 4_194_304, passes: 2, parallelism: 1 }
    expect(() => createArgon2Hasher({ ...limits, parameters })).toThrow(RangeError)
  })

  test('P-05: a hash made with other parameters still verifies and wants to be replaced', async () => {
    const raised = createArgon2Hasher({ ...limits, parameters: { memoryKib: 20_480, passes: 2, parallelism: 1 } })
    expect(await raised.verify(longPassword, longHash)).toBe(true)
    expect(raised.needsRehash(longHash)).toBe(true)
    const replaced = await raised.hash(longPassword)
    expect(raised.needsRehash(replaced)).toBe(false)
    expect(hasher.needsRehash(replaced)).toBe(true)
    expect(hasher.needsRehash(longHash)).toBe(false)
  })

  test('P-05: hashes of the reference implementation verify, and want to be replaced', async () => {
    for (const encoded of [referenceArgon2id, referenceArgon2i]) {
      expect(await hasher.verify('password', encoded)).toBe(true)
      expect(await hasher.verify('Password', encoded)).toBe(false)
      expect(hasher.needsRehash(encoded)).toBe(true)
    }
  })

  test.each([
    ['another variant', `$argon2i$v=19$m=19456,t=2,p=1$${salt}$${digest}`],
    ['an older version', `$argon2id$v=16$m=19456,t=2,p=1$${salt}$${digest}`],
    ['less memory', `$argon2id$v=19$m=19455,t=2,p=1$${salt}$${digest}`],
    ['more memory and fewer passes', `$argon2id$v=19$m=47104,t=1,p=1$${salt}$${digest}`],
    ['more passes', `$argon2id$v=19$m=19456,t=3,p=1$${salt}$${digest}`],
    ['more lanes', `$argon2id$v=19$m=19456,t=2,p=2$${salt}$${digest}`],
    ['a shorter salt', `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(11)}$${digest}`],
  ])('P-05: a hash with %s wants to be replaced, which is found without a computation', (_, encoded) => {
    const before = hasher.computations
    expect(hasher.needsRehash(encoded)).toBe(true)
    expect(hasher.computations).toBe(before)
  })

  test.each([
    ['nothing', ''],
    ['a plain word', 'hunter2'],
    ['a bcrypt hash', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
    ['a hash without its digest', `$argon2id$v=19$m=19456,t=2,p=1$${salt}`],
    ['a hash that was cut off in its middle', longHash.slice(0, -20)],
    ['a hash that was cut off and is well formed', `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${'A'.repeat(42)}`],
    ['a hash with a longer digest', `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${'A'.repeat(86)}`],
    ['a hash with something behind it', `${longHash}$`],
    ['a version that does not exist', longHash.replace('v=19', 'v=20')],
    ['a cost of nothing', longHash.replace('t=2', 't=0')],
    ['a cost of four terabytes', longHash.replace('m=19456', 'm=4294967295')],
    ['a cost of a week', longHash.replace('t=2', 't=4294967295')],
    ['a key that is not held', longHash.replace('p=1', 'p=1,keyid=AAAA')],
    ['associated data that is not held', longHash.replace('p=1', 'p=1,data=AAAA')],
  ])('a record that holds %s is a broken record, not a wrong password', async (_, encoded) => {
    const before = hasher.computations
    const rejected = await hasher.verify(longPassword, encoded).catch((error: unknown) => error)
    expect(rejected).toBeInstanceOf(Error)
    expect(String(rejected)).toContain('Cannot read a stored password hash')
    expect(() => hasher.needsRehash(encoded)).toThrow('Cannot read a stored password hash')
    expect(hasher.computations).toBe(before)
    if (encoded !== '') expect(String(rejected)).not.toContain(encoded)
  })

  test('an unreadable hash is reported with its cause', async () => {
    await expect(hasher.verify('wxqzvkjp', 'hunter2')).rejects.toMatchObject({ cause: expect.any(Error) })
  })
})

describe('what is hashed', () => {
  test('P-02: passwords that differ in character 256 alone do not verify each other', async () => {
    expect(Array.from(longPassword)).toHaveLength(256)
    expect(await hasher.verify(longPassword, longHash)).toBe(true)
    expect(await hasher.verify(`${longPassword.slice(0, -1)}y`, longHash)).toBe(false)
    expect(await hasher.verify(longPassword.slice(0, -1), longHash)).toBe(false)
  })

  test('P-02: the composed and the decomposed form of a password are the same password', async () => {
    expect(longPassword.normalize('NFD')).not.toBe(longPassword)
    expect(await hasher.verify(longPassword.normalize('NFD'), longHash)).toBe(true)
    const ofDecomposed = await hasher.hash(longPassword.normalize('NFD'))
    expect(await hasher.verify(longPassword.normalize('NFC'), ofDecomposed)).toBe(true)
  })

  test('P-02: case, spaces around and compatibility forms make a different password', async () => {
    for (const other of [longPassword.toLowerCase(), ` ${longPassword}`, `${longPassword} `]) {
      expect(await hasher.verify(other, longHash)).toBe(false)
    }
    const ofLigature = await hasher.hash('wxqz\ufb01vkjp')
    expect(await hasher.verify('wxqzfivkjp', ofLigature)).toBe(false)
  })

  test('a password does not end at a NUL', async () => {
    expect(await hasher.verify(`${longPassword}\0`, longHash)).toBe(false)
  })

  test('half of a surrogate pair is never hashed, and never right in place of the replacement character', async () => {
    const before = hasher.computations
    await expect(hasher.hash('wxqzvkjp\ud800')).rejects.toThrow(TypeError)
    expect(hasher.computations).toBe(before)
    const ofReplacement = await hasher.hash('wxqzvkjp\ufffd')
    expect(await hasher.verify('wxqzvkjp\ud800', ofReplacement)).toBe(false)
    expect(hasher.computations).toBe(before + 2)
  })
})

describe('bound', () => {
  test('P-06: of 500 callers at once only as many are served as may run and wait, and no other costs anything', async () => {
    const bounded = createArgon2Hasher({ concurrency: 2, queue: 3 })
    const answers = await Promise.allSettled(Array.from({ length: 500 }, () => bounded.verify('wxqzvkjp', longHash)))
    expect(answers.slice(0, 5)).toEqual(Array(5).fill({ status: 'fulfilled', value: false }))
    const refusals = answers.slice(5).map((answer) => answer.status === 'rejected' && answer.reason)
    expect(refusals.every((reason) => reason instanceof HashingOverloaded)).toBe(true)
    expect(bounded.computations).toBe(5)
    expect(await bounded.verify(longPassword, longHash)).toBe(true)
  })

  test('P-06: hashing, verifying and the dummy share one bound', async () => {
    const bounded = createArgon2Hasher({ concurrency: 1, queue: 0 })
    const first = bounded.hash('wxqzvkjp')
    const refusals = [bounded.hash('wxqzvkjp'), bounded.verify('wxqzvkjp', longHash), bounded.verifyDummy('wxqzvkjp')]
    for (const refusal of refusals) {
      await expect(refusal).rejects.toMatchObject({ name: 'HashingOverloaded', retryAfterSeconds: 1 })
    }
    await first
    expect(bounded.computations).toBe(1)
  })
})

describe('unknown addresses', () => {
  /** What a call adds to the counts. */
  async function costOf(call: () => Promise<unknown>, of = hasher) {
    const before = { computations: of.computations, filledKib: of.filledKib }
    await call()
    return { computations: of.computations - before.computations, filledKib: of.filledKib - before.filledKib }
  }

  test('P-07: an unknown address costs what a wrong and what a right password cost, from the first call on', async () => {
    const fresh = createArgon2Hasher(limits)
    const unknown = await costOf(() => fresh.verifyDummy('wxqzvkjp'), fresh)
    expect(unknown).toEqual({ computations: 1, filledKib: 38_912 })
    expect(await costOf(() => fresh.verify('wxqzvkjp', longHash), fresh)).toEqual(unknown)
    expect(await costOf(() => fresh.verify(longPassword, longHash), fresh)).toEqual(unknown)
    expect(await costOf(() => fresh.verifyDummy('another'), fresh)).toEqual(unknown)
  })

  test('P-07: the cost of an unknown address follows the parameters', async () => {
    const raised = createArgon2Hasher({ ...limits, parameters: { memoryKib: 24_576, passes: 3, parallelism: 1 } })
    const encoded = await raised.hash(longPassword)
    const known = await costOf(() => raised.verify('wxqzvkjp', encoded), raised)
    expect(known).toEqual({ computations: 1, filledKib: 73_728 })
    expect(await costOf(() => raised.verifyDummy('wxqzvkjp'), raised)).toEqual(known)
  })

  test('P-07: a password that cannot be right costs the same for a known and an unknown address', async () => {
    const known = await costOf(() => hasher.verify('\ud800', longHash))
    expect(known.computations).toBe(1)
    expect(await costOf(() => hasher.verifyDummy('\ud800'))).toEqual(known)
  })

  test('P-07: no password is right for an unknown address', async () => {
    for (const password of ['', 'wxqzvkjp', longPassword]) expect(await hasher.verifyDummy(password)).toBe(false)
  })
})
