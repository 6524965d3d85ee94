import { describe, expect, test } from 'vitest'
import { createSignatureMemory } from './signature-memory.ts'

describe('the signature memory', () => {
  test('what is remembered is recalled for exactly that token', () => {
    const memory = createSignatureMemory<string>()
    memory.remember('a.b.c', 'claims')
    expect(memory.recall('a.b.c')).toBe('claims')
    for (const other of ['a.b.C', 'a.b.c ', 'a.b', '']) expect(memory.recall(other)).toBeUndefined()
  })

  test('it never holds more than its capacity, however many tokens are remembered and recalled', () => {
    const memory = createSignatureMemory<number>(10)
    let most = 0
    for (let token = 0; token < 1_000; token += 1) {
      memory.remember(`token ${token}`, token)
      memory.recall(`token ${token - 3}`)
      memory.recall(`token ${token - 7}`)
      most = Math.max(most, memory.size)
    }
    expect(most).toBeLessThanOrEqual(10)
    expect(most).toBeGreaterThan(5)
  })

  test('a token in use survives a flood of others, and one that is not in use is forgotten', () => {
    const memory = createSignatureMemory<string>(10)
    memory.remember('in use', 'claims')
    memory.remember('idle', 'claims')
    for (let token = 0; token < 100; token += 1) {
      memory.remember(`token ${token}`, 'claims')
      expect(memory.recall('in use')).toBe('claims')
    }
    expect(memory.recall('idle')).toBeUndefined()
  })

  test('the latest half of the capacity is always there', () => {
    const memory = createSignatureMemory<number>(10)
    for (let token = 0; token < 57; token += 1) memory.remember(`token ${token}`, token)
    for (let token = 52; token < 57; token += 1) expect(memory.recall(`token ${token}`)).toBe(token)
  })

  test('a forgotten token stays forgotten, whichever generation it was in', () => {
    const memory = createSignatureMemory<string>(4)
    for (const token of ['a', 'b', 'c']) memory.remember(token, 'claims')
    for (const token of ['a', 'c']) memory.forget(token)
    expect(['a', 'b', 'c'].map((token) => memory.recall(token))).toEqual([undefined, 'claims', undefined])
    expect(memory.size).toBe(1)
  })

  test.each([0, 1, 3, -2, 2.5, Number.NaN, Number.POSITIVE_INFINITY])('a capacity of %d is refused', (capacity) => {
    expect(() => createSignatureMemory(capacity)).toThrow(RangeError)
  })
})
