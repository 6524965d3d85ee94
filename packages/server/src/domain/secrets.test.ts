import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { hashSecret, isSecretOf, mintSecret, type RandomSecretKind, type SecretKind } from './secrets.ts'

const systemRandomness = { bytes: (length: number) => new Uint8Array(randomBytes(length)), guid: () => randomUUID() }
const kinds: readonly RandomSecretKind[] = ['session', 'refresh', 'code', 'ticket', 'logout', 'admin', 'api']
const allKinds: readonly SecretKind[] = [...kinds, 'visitor', 'proof', 'state']

describe('minting', () => {
  test('S-01: a secret is exactly the 256 bits that the generator gave, behind the prefix of its kind', () => {
    const asked: number[] = []
    const counting = (length: number) => new Uint8Array(length).fill(0xfa + asked.push(length))
    const secret = mintSecret('session', { ...systemRandomness, bytes: counting })
    expect(asked).toEqual([32])
    expect(secret).toBe(`adj_session_${Buffer.alloc(32, 0xfb).toString('base64url')}`)
  })

  test('S-01: 100,000 secrets are all different, all 43 characters long, and use all 256 bits', () => {
    const seen = new Set<string>()
    const ones = new Array<number>(256).fill(0)
    for (let made = 0; made < 100_000; made += 1) {
      const secret = mintSecret('session', systemRandomness)
      const body = secret.slice('adj_session_'.length)
      if (body.length !== 43 || !isSecretOf('session', secret)) expect.fail(`wrong form: ${body.length} characters`)
      seen.add(secret)
      const bits = Buffer.from(body, 'base64url')
      for (let bit = 0; bit < 256; bit += 1) ones[bit] = (ones[bit] ?? 0) + (((bits[bit >> 3] ?? 0) >> (bit & 7)) & 1)
    }
    expect(seen.size).toBe(100_000)
    // Ten standard deviations around a half (158 each): only a bit that is stuck, or nearly so, falls outside.
    expect(Math.min(...ones)).toBeGreaterThan(48_419)
    expect(Math.max(...ones)).toBeLessThan(51_581)
  })

  test('no secret contains a comma, which separates credentials in the Authorization header', () => {
    for (const kind of kinds) expect(mintSecret(kind, systemRandomness)).not.toContain(',')
  })
})

describe('the form', () => {
  test('T-24: a secret of each kind is accepted as its own kind and as no other', () => {
    for (const made of kinds) {
      const secret = mintSecret(made, systemRandomness)
      expect(allKinds.filter((asked) => isSecretOf(asked, secret))).toEqual([made])
    }
  })

  test('T-24: the same random body under another prefix has another hash, so relabelling finds no row', () => {
    const body = mintSecret('code', systemRandomness).slice('adj_code_'.length)
    const hashes = new Set(kinds.map((kind) => Buffer.from(hashSecret(`adj_${kind}_${body}`)).toString('hex')))
    expect(hashes.size).toBe(kinds.length)
  })

  const good = `adj_session_${'A'.repeat(43)}`
  test.each([
    ['nothing', ''],
    ['the prefix alone', 'adj_session_'],
    ['a body without a prefix', 'A'.repeat(43)],
    ['a body one character short', good.slice(0, -1)],
    ['a body one character long', `${good}A`],
    ['a prefix in capitals', good.replace('adj', 'ADJ')],
    ['a leading blank', ` ${good}`],
    ['a trailing line break', `${good}\n`],
    ['padding', `${good.slice(0, -1)}=`],
    ['a character of plain base64', good.replace(/AA$/, '+A')],
    ['a character that only looks like an A', good.replace(/AA$/, '\u0410A')],
    ['a last character with bits that 32 bytes do not have', `${good.slice(0, -1)}B`],
    ['a zero byte', good.replace(/AA$/, '\0A')],
    ['a million characters', `adj_session_${'A'.repeat(1_000_000)}`],
  ])('%s is not a session secret', (_what, text) => {
    expect(isSecretOf('session', good)).toBe(true)
    expect(isSecretOf('session', text)).toBe(false)
  })

  test('a visitor token needs a payload, one dot and a MAC', () => {
    const mac = 'A'.repeat(43)
    expect(isSecretOf('visitor', `adj_visitor_payload.${mac}`)).toBe(true)
    for (const body of [`.${mac}`, mac, `a.b.${mac}`, `a,${mac}`, `a.${mac}A`, 'a.', `${'a'.repeat(600)}.${mac}`]) {
      expect(isSecretOf('visitor', `adj_visitor_${body}`)).toBe(false)
    }
  })
})

describe('the hash', () => {
  test('T-16: what is stored is the SHA-256 of the whole secret and contains the secret in no spelling', () => {
    for (const kind of kinds) {
      const secret = mintSecret(kind, systemRandomness)
      const stored = Buffer.from(hashSecret(secret))
      expect(stored).toEqual(createHash('sha256').update(secret, 'utf8').digest())
      expect(stored.length).toBe(32)
      const body = Buffer.from(secret.slice(secret.lastIndexOf('_', secret.length - 44) + 1), 'base64url')
      expect(stored.includes(body.subarray(0, 8))).toBe(false)
    }
  })
})
