import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { passwordProblem } from '../../domain/password.ts'
import { loadCommonPasswords } from './common-passwords.ts'

const listFile = createRequire(import.meta.url).resolve('@zxcvbn-ts/language-common/src/passwords.json')
const byFrequency: string[] = JSON.parse(readFileSync(listFile, 'utf8'))
const blocklist = loadCommonPasswords()
const byDefault = { minimumLength: 8, words: [] }

test('P-04: the 3,000 most common passwords are on the list, whatever their length', () => {
  expect(byFrequency.length).toBeGreaterThanOrEqual(3_000)
  expect(byFrequency.slice(0, 3_000).filter((password) => !blocklist.has(password))).toEqual([])
})

test('P-04: the 3,000 most common passwords that are long enough are refused as common', () => {
  const longEnough = byFrequency.filter((password) => password.length >= 8).slice(0, 3_000)
  expect(longEnough).toHaveLength(3_000)
  const accepted = longEnough.filter((password) => passwordProblem(password, byDefault, blocklist)?.rule !== 'COMMON')
  expect(accepted).toEqual([])
})

test('P-04: passwords that everybody knows are refused in any case', () => {
  for (const password of ['password', 'Password1', 'PASSWORD123', 'qwertyuiop', '1234567890', 'iLoveYou', 'P@ssw0rd']) {
    expect(blocklist.has(password), password).toBe(true)
  }
})

test('P-04: a part of a common password, and more than one, are not on the list', () => {
  for (const password of ['ootball1', 'password football', ' password', 'password ', '', 'wxqzvkjp']) {
    expect(blocklist.has(password), password).toBe(false)
  }
})

test('names of object properties are not taken for common passwords', () => {
  for (const password of ['constructor', '__proto__', 'hasOwnProperty', 'toString']) {
    expect(blocklist.has(password), password).toBe(byFrequency.includes(password.toLowerCase()))
  }
})

test('what stands between two passwords of the list is not on it, nor is one with a quote around it', () => {
  for (const password of [',', '","', '"password"', 'password","12345678', '[', ']']) {
    expect(blocklist.has(password), password).toBe(false)
  }
})

test('the first and the last of the list are on it', () => {
  for (const password of [byFrequency[0], byFrequency.at(-1)]) expect(blocklist.has(String(password))).toBe(true)
})
