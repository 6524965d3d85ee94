import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  normalizePassword,
  type PasswordContext,
  passwordContextWords,
  passwordLengthMax,
  passwordLengthMinDefault,
  passwordProblem,
} from './password.ts'

const nothingCommon = { has: (_password: string) => false }
const byDefault: PasswordContext = { minimumLength: passwordLengthMinDefault, words: [] }
const needing = (minimumLength: number): PasswordContext => ({ minimumLength, words: [] })
const avoiding = (...words: string[]): PasswordContext => ({ minimumLength: 1, words })

/** The rule that is broken, or `undefined` for an accepted password. */
function brokenRule(password: string, context: PasswordContext = byDefault, blocklist = nothingCommon) {
  return passwordProblem(password, context, blocklist)?.rule
}

describe('length', () => {
  test('P-01: a password of 7 characters is refused by default, and 8 are accepted', () => {
    expect(brokenRule('wxqzvkj')).toBe('MIN_LENGTH')
    expect(brokenRule('wxqzvkjp')).toBeUndefined()
  })

  test('P-01: where a site asks for 15 characters, 14 are refused and 15 accepted', () => {
    expect(brokenRule('wxqzvkjpwxqzvk', needing(15))).toBe('MIN_LENGTH')
    expect(brokenRule('wxqzvkjpwxqzvkj', needing(15))).toBeUndefined()
  })

  test('P-01: an emoji counts as one character although it takes two UTF-16 units', () => {
    expect(brokenRule('🦊'.repeat(7))).toBe('MIN_LENGTH')
    expect(brokenRule('🦊'.repeat(8))).toBeUndefined()
  })

  test('P-01: a letter with a combining accent counts as one character where Unicode composes the two', () => {
    expect(brokenRule('e\u0301'.repeat(7))).toBe('MIN_LENGTH')
    expect(brokenRule('e\u0301'.repeat(8))).toBeUndefined()
  })

  test('P-01: a combining mark that Unicode cannot compose counts as a character of its own', () => {
    expect(brokenRule('q\u0301'.repeat(4))).toBeUndefined()
  })

  test('P-01: spaces count, and are not trimmed away', () => {
    expect(brokenRule('  wxqz  ')).toBeUndefined()
    expect(brokenRule('        ')).toBeUndefined()
  })

  test('P-02: a password of 256 characters is accepted, and one of 257 is refused rather than cut off', () => {
    expect(brokenRule('w'.repeat(256))).toBeUndefined()
    expect(brokenRule('w'.repeat(257))).toBe('MAX_LENGTH')
  })

  test('P-02: the upper limit counts characters too, neither UTF-16 units nor bytes', () => {
    expect(brokenRule('🦊'.repeat(256))).toBeUndefined()
    expect(brokenRule('🦊'.repeat(257))).toBe('MAX_LENGTH')
    expect(brokenRule('e\u0301'.repeat(256))).toBeUndefined()
  })

  test('an empty password is refused even where one character is enough', () => {
    expect(brokenRule('', needing(1))).toBe('MIN_LENGTH')
  })

  test('a minimum that is not a whole number from 1 to 256 is the mistake of the caller, and accepts nothing', () => {
    for (const minimumLength of [0, -8, 7.5, Number.NaN, Number.POSITIVE_INFINITY, passwordLengthMax + 1]) {
      expect(() => passwordProblem('wxqzvkjp', needing(minimumLength), nothingCommon)).toThrow(RangeError)
    }
  })
})

describe('form', () => {
  test('a password with a NUL is refused wherever it stands', () => {
    for (const password of ['\0wxqzvkjp', 'wxqz\0vkjp', 'wxqzvkjp\0']) expect(brokenRule(password)).toBe('FORMAT')
  })

  test('a password with half of a surrogate pair is refused', () => {
    for (const half of ['\ud83e', '\udd8a']) {
      expect(brokenRule(`wxqz${half}vkjp`)).toBe('FORMAT')
      expect(brokenRule(`wxqzvkjp${half}`)).toBe('FORMAT')
    }
  })

  test('P-02: normalisation composes accents and leaves case, width, spaces and ligatures alone', () => {
    expect(normalizePassword('e\u0301')).toBe('\u00e9')
    for (const kept of ['PassWord', ' a  b ', '\uff21', '\ufb01', '\u00a0', 'ß']) {
      expect(normalizePassword(kept)).toBe(kept)
    }
  })
})

describe('composition', () => {
  test('P-03: characters of a single class are enough', () => {
    for (const password of [
      'wxqzvkjpwxqzvkj',
      'WXQZVKJPWXQZVKJ',
      '830174659201837',
      '€€€€€€€€€€€€€€€',
      '漢字漢字漢字漢字',
    ]) {
      expect(brokenRule(password)).toBeUndefined()
    }
  })

  test('P-03: every well-formed text of 8 to 256 characters is accepted unless a list holds it', () => {
    const text = fc
      .string({ unit: 'binary', minLength: 8, maxLength: 256, size: 'max' })
      .filter((password) => !password.includes('\0'))
    fc.assert(
      fc.property(text, (password) => {
        const length = Array.from(password.normalize('NFC')).length
        fc.pre(length >= 8 && length <= 256)
        expect(brokenRule(password)).toBeUndefined()
      }),
      // Shrinking texts of this length takes minutes, and the text as found tells as much.
      { numRuns: 50, endOnFailure: true },
    )
  })
})

describe('words that are guessed first', () => {
  test('P-04: a password on the list of common passwords is refused', () => {
    expect(brokenRule('football1', byDefault, new Set(['football1']))).toBe('COMMON')
  })

  test('P-04: the list is asked about the whole password in its normal form, once', () => {
    const asked: string[] = []
    const list = { has: (password: string) => asked.push(password) === 0 }
    expect(brokenRule('Cafe\u0301 noir', byDefault, list)).toBeUndefined()
    expect(asked).toEqual(['Café noir'])
  })

  test('P-04: the list is not asked about a password that is refused already', () => {
    const list = {
      has: () => {
        throw new Error('asked')
      },
    }
    expect(brokenRule('short', byDefault, list)).toBe('MIN_LENGTH')
    expect(brokenRule('wxqzvkjp\0', byDefault, list)).toBe('FORMAT')
  })

  test('P-04: a context word is refused as the password in any case and either form of an accent', () => {
    const words = avoiding('Zoë Büchner')
    for (const password of ['Zoë Büchner', 'zoë büchner', 'ZOË BÜCHNER', 'Zoe\u0308 Bu\u0308chner']) {
      expect(brokenRule(password, words)).toBe('CONTEXT')
    }
    expect(brokenRule('zoë büchner', avoiding('Zoe\u0308 Bu\u0308chner'))).toBe('CONTEXT')
  })

  test('P-04: a passphrase that merely contains a context word is accepted', () => {
    expect(brokenRule('ada likes green tea', avoiding('ada', 'green tea'))).toBeUndefined()
  })

  test('P-04: the site, the e-mail address, its local part and the names of a member are context words', () => {
    const words = passwordContextWords({
      siteName: 'Shop of Wonders',
      email: 'ada.lovelace@shop.example',
      names: ['Augusta Ada', 'Lovelace-King', undefined],
    })
    for (const password of [
      'shop of wonders',
      'ADA.LOVELACE@shop.example',
      'Ada.Lovelace',
      'augusta ada',
      'lovelace-king',
    ]) {
      expect(brokenRule(password, { minimumLength: 8, words })).toBe('CONTEXT')
    }
  })

  test('missing and blank values give no context words', () => {
    expect(passwordContextWords({})).toEqual([])
    expect(passwordContextWords({ siteName: ' ', email: '', names: ['', undefined] })).toEqual([])
    expect(passwordContextWords({ email: 'not an address' })).toEqual(['not an address'])
  })

  test('the local part of an e-mail address ends at its last @', () => {
    expect(passwordContextWords({ email: '"a@b"@shop.example' })).toEqual(['"a@b"@shop.example', '"a@b"'])
  })
})

test('a description names the limit and the length seen, and never the password', () => {
  const problem = passwordProblem('wxqzvkj', byDefault, nothingCommon)
  expect(problem?.description).toBe('must have at least 8 characters, and this one has 7')
  const refusals = [
    passwordProblem('wxqzvkj', byDefault, nothingCommon),
    passwordProblem('wxqzvkj'.repeat(50), byDefault, nothingCommon),
    passwordProblem('wxqzvkjp\0', byDefault, nothingCommon),
    passwordProblem('wxqzvkjp\ud800', byDefault, nothingCommon),
    passwordProblem('wxqzvkjp', byDefault, { has: () => true }),
    passwordProblem('wxqzvkjp', avoiding('wxqzvkjp'), nothingCommon),
  ]
  for (const refusal of refusals) {
    expect(refusal).toBeDefined()
    expect(refusal?.description).not.toContain('wxq')
  }
})
