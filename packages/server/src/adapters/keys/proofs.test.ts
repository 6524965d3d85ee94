import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { StoredKey } from '../../ports/keys.ts'
import { generateKey } from './generate-keys.ts'
import { createKeyring } from './keyring.ts'
import { createProofs } from './proofs.ts'
import { fromStart, manualClock, startOfTest } from './test-installation.ts'

const challenge = '55555555-5555-4555-8555-5555555555ff'

let root: StoredKey

beforeAll(async () => {
  root = await generateKey('mac', fromStart)
})

function service(stored: readonly StoredKey[] = [root]) {
  const clock = manualClock()
  const keyring = createKeyring({ stored, clock })
  return { clock, keyring, proofs: createProofs(keyring) }
}

describe.each([
  { kind: 'proof', mint: 'recoveryToken', read: 'readRecoveryToken' },
  { kind: 'state', mint: 'stateToken', read: 'readStateToken' },
] as const)('the token of the kind $kind', ({ kind, mint, read }) => {
  test('names its challenge on every node, in lower case, and needs no row for it', () => {
    expect(service().proofs[read](service().proofs[mint](challenge.toUpperCase()))).toBe(challenge)
  })

  test('is its prefix, the 16 bytes of the id, a dot and a MAC of 256 bits, without a comma', () => {
    const token = service().proofs[mint](challenge)
    expect(token).toMatch(new RegExp(`^adj_${kind}_[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}$`))
    expect(Buffer.from(token.slice(`adj_${kind}_`.length, -44), 'base64url').toString('hex')).toBe(
      challenge.replaceAll('-', ''),
    )
  })

  test('is refused when any one character is exchanged, left out or doubled', () => {
    const { proofs } = service()
    const token = proofs[mint](challenge)
    for (let position = 0; position < token.length; position += 1) {
      const [head, tail] = [token.slice(0, position), token.slice(position + 1)]
      const character = token[position] ?? ''
      for (const put of [character === 'A' ? 'B' : 'A', '', character + character]) {
        if (head + put + tail !== token) expect(proofs[read](head + put + tail)).toBeUndefined()
      }
    }
  })

  test('is refused with the MAC of another challenge, and by an installation with another root', async () => {
    const { proofs } = service()
    const [payload] = proofs[mint](randomUUID()).split('.')
    const [, mac] = proofs[mint](challenge).split('.')
    expect(proofs[read](`${payload}.${mac}`)).toBeUndefined()
    const elsewhere = service([await generateKey('mac', fromStart)])
    expect(elsewhere.proofs[read](proofs[mint](challenge))).toBeUndefined()
  })

  test('survives a rotation of the MAC root, and ends with the retirement of its own', async () => {
    const newer = await generateKey('mac', { ...fromStart, createdAt: startOfTest + 1 })
    const { keyring, proofs } = service()
    const token = proofs[mint](challenge)
    keyring.replace([root, newer])
    expect(proofs[mint](challenge)).not.toBe(token)
    expect(proofs[read](token)).toBe(challenge)
    keyring.replace([newer])
    expect(proofs[read](token)).toBeUndefined()
  })

  test.each(['', `adj_${kind}_`, `adj_${kind}_.`, '.', 'a'.repeat(100_000)])('%j is refused', (text) => {
    expect(service().proofs[read](text)).toBeUndefined()
  })

  test.each(['', 'challenge', `${challenge}0`, `{${challenge}}`])('is not made for %j', (id) => {
    expect(() => service().proofs[mint](id)).toThrow(RangeError)
  })
})

test('T-24: a link proves nothing as a state token, nor a state token as a link, whatever prefix is put before it', () => {
  const { proofs } = service()
  const [link, state] = [proofs.recoveryToken(challenge), proofs.stateToken(challenge)]
  expect(proofs.readStateToken(link)).toBeUndefined()
  expect(proofs.readRecoveryToken(state)).toBeUndefined()
  expect(proofs.readStateToken(link.replace('adj_proof_', 'adj_state_'))).toBeUndefined()
  expect(proofs.readRecoveryToken(state.replace('adj_state_', 'adj_proof_'))).toBeUndefined()
})

describe('a code', () => {
  test('is six digits, the same on every node, and another one for each sending and each challenge', () => {
    const codes = [1, 2, 3].map((sent) => service().proofs.code(challenge, sent))
    expect(codes.every((code) => /^\d{6}$/.test(code))).toBe(true)
    expect([1, 2, 3].map((sent) => service().proofs.code(challenge.toUpperCase(), sent))).toEqual(codes)
    expect(new Set([...codes, service().proofs.code(randomUUID(), 1)]).size).toBe(4)
  })

  test('takes every value equally often: each tenth of them within five standard deviations', () => {
    const { proofs } = service()
    const counts = new Array<number>(10).fill(0)
    for (let sent = 0; sent < 20_000; sent += 1) {
      const tenth = Number(proofs.code(challenge, sent)[0])
      counts[tenth] = (counts[tenth] ?? 0) + 1
    }
    // 2,000 expected, a standard deviation of 42.
    expect(Math.min(...counts)).toBeGreaterThan(1_790)
    expect(Math.max(...counts)).toBeLessThan(2_210)
  })

  test('is known again, and the code of another sending, of another challenge or of another length is not', () => {
    const { proofs } = service()
    const code = proofs.code(challenge, 2)
    expect(proofs.isCode(challenge, 2, code)).toBe(true)
    for (const presented of [
      proofs.code(challenge, 1),
      proofs.code(randomUUID(), 2),
      '',
      `${code}0`,
      ` ${code}`,
      code.slice(1),
    ]) {
      expect(proofs.isCode(challenge, 2, presented)).toBe(false)
    }
    expect(proofs.isCode(challenge, 1, code)).toBe(false)
  })

  test('is known after a rotation of the MAC root, until its own is retired', async () => {
    const newer = await generateKey('mac', { ...fromStart, createdAt: startOfTest + 1 })
    const { keyring, proofs } = service()
    const code = proofs.code(challenge, 1)
    keyring.replace([root, newer])
    expect(proofs.code(challenge, 1)).not.toBe(code)
    expect(proofs.isCode(challenge, 1, code)).toBe(true)
    expect(proofs.isCode(challenge, 1, proofs.code(challenge, 1))).toBe(true)
    keyring.replace([newer])
    expect(proofs.isCode(challenge, 1, code)).toBe(false)
  })

  test('is known when it was made by a node whose clock is ahead, with a root that does not sign here yet', async () => {
    const next = await generateKey('mac', { ...fromStart, activeFrom: startOfTest + 1_000 })
    const [here, ahead] = [service([root, next]), service([root, next])]
    ahead.clock.time += 1_000
    const code = ahead.proofs.code(challenge, 1)
    expect(here.proofs.code(challenge, 1)).not.toBe(code)
    expect(here.proofs.isCode(challenge, 1, code)).toBe(true)
  })

  test.each([-1, 0.5, Number.NaN])('is not made for a count of %d', (sent) => {
    expect(() => service().proofs.code(challenge, sent)).toThrow(RangeError)
    expect(() => service().proofs.isCode(challenge, sent, '000000')).toThrow(RangeError)
  })
})
