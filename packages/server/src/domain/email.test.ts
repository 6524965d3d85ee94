import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeEmail, normalizeEmail } from './email.ts'

describe('normalizeEmail', () => {
  test.each([
    ['ada@shop.example', 'ada@shop.example'],
    ['Ada.Lovelace@Shop.Example', 'ada.lovelace@shop.example'],
    ["o'neil+news_{1}/x=y@shop.example", "o'neil+news_{1}/x=y@shop.example"],
    ['1@1.example', '1@1.example'],
    ['a@b-c.d.example', 'a@b-c.d.example'],
    ['jose\u0301@shop.example', 'jos\u00e9@shop.example'],
    ['JOSÉ@shop.example', 'josé@shop.example'],
    ['阿达@例子.example', '阿达@xn--fsqu00a.example'],
    ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ['ada@XN--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['ada@straße.example', 'ada@xn--strae-oqa.example'],
    [`${'a'.repeat(64)}@shop.example`, `${'a'.repeat(64)}@shop.example`],
    [`a@${'b'.repeat(63)}.example`, `a@${'b'.repeat(63)}.example`],
    [longAddress(254), longAddress(254)],
  ])('%s becomes %s', (text, canonical) => {
    expect(normalizeEmail(text)).toBe(canonical)
  })

  test.each([
    ['nothing', ''],
    ['no @', 'ada.shop.example'],
    ['two @', 'ada@b@shop.example'],
    ['a full-width @', 'ada＠shop.example'],
    ['no local part', '@shop.example'],
    ['no domain', 'ada@'],
    ['a single label', 'ada@shop'],
    ['an empty label', 'ada@shop..example'],
    ['a leading dot in the domain', 'ada@.example'],
    ['a trailing dot in the domain', 'ada@shop.example.'],
    ['a label that begins with a hyphen', 'ada@-shop.example'],
    ['a label that ends with a hyphen', 'ada@shop-.example'],
    ['an underscore in the domain', 'ada@sh_op.example'],
    ['a port', 'ada@shop.example:25'],
    ['a path', 'ada@shop.example/x'],
    ['a percent sign in the domain', 'ada@shop%2eexample.example'],
    ['an IP address', 'ada@192.0.2.7'],
    ['an address literal', 'ada@[192.0.2.7]'],
    ['a leading dot', '.ada@shop.example'],
    ['a trailing dot', 'ada.@shop.example'],
    ['two dots', 'ada..l@shop.example'],
    ['a quoted local part', '"ada l"@shop.example'],
    ['a display name', 'Ada <ada@shop.example>'],
    ['a comma', 'ada,b@shop.example'],
    ['two addresses', 'ada@shop.example,eve@evil.example'],
    ['a semicolon', 'ada;b@shop.example'],
    ['a colon', 'ada:b@shop.example'],
    ['a backslash', 'ada\\b@shop.example'],
    ['parentheses', 'ada(b)@shop.example'],
    ['a leading space', ' ada@shop.example'],
    ['a trailing space', 'ada@shop.example '],
    ['a space within', 'ad a@shop.example'],
    ['a no-break space', 'ad\u00a0a@shop.example'],
    ['a trailing newline', 'ada@shop.example\n'],
    ['a header', 'ada@shop.example\r\nBcc: eve@evil.example'],
    ['a tab', 'ad\ta@shop.example'],
    ['NUL', 'ada\0@shop.example'],
    ['DEL', 'ada\x7f@shop.example'],
    ['a C1 control character', 'ada\u0085@shop.example'],
    ['a zero-width space', 'ad\u200ba@shop.example'],
    ['a zero-width joiner', 'ad\u200da@shop.example'],
    ['a change of writing direction', 'ad\u202ea@shop.example'],
    ['a lone surrogate', 'ad\ud800a@shop.example'],
    ['a lone surrogate in the domain', 'ada@sh\udc00op.example'],
    ['a private-use character', 'ad\ue000a@shop.example'],
    ['a Kelvin sign in the local part', 'mi\u212ae@shop.example'],
    ['a Kelvin sign in the domain', 'mike@\u212aiosk.example'],
    ['full-width letters in the domain', 'ada@ｓhop.example'],
    ['an ideographic full stop', 'ada@shop。example'],
    ['a soft hyphen in the domain', 'ada@sh\u00adop.example'],
    ['65 octets before the @', `${'a'.repeat(65)}@shop.example`],
    ['65 octets before the @, in 33 characters', `${'é'.repeat(33)}@shop.example`],
    ['a label of 64 octets', `a@${'b'.repeat(64)}.example`],
    ['255 octets', longAddress(255)],
    ['a megabyte', `${'a'.repeat(1 << 20)}@shop.example`],
  ])('an address with %s is refused', (_, text) => {
    expect(normalizeEmail(text)).toBeUndefined()
  })

  test('the canonical form of a canonical form is itself', () => {
    const letters = fc.string({ minLength: 1, maxLength: 8, unit: fc.oneof(asciiLetter, fc.constantFrom(...unusual)) })
    let accepted = 0
    fc.assert(
      fc.property(letters, letters, (local, label) => {
        const canonical = normalizeEmail(`${local}@${label}.example`)
        if (canonical === undefined) return
        accepted += 1
        expect(normalizeEmail(canonical)).toBe(canonical)
        expect(normalizeEmail(canonical.toUpperCase().toLowerCase())).toBeDefined()
      }),
      { numRuns: 2_000 },
    )
    expect(accepted).toBeGreaterThan(200)
  })

  test('no text at all makes it throw, and what it accepts has one @ and no control character', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 5 }), fc.constantFrom('@', '.', 'a'))),
        (parts) => {
          const canonical = normalizeEmail(parts.join(''))
          if (canonical !== undefined) expect(canonical).toMatch(/^[^@\p{C}\s]+@[a-z0-9.-]+$/u)
        },
      ),
      { numRuns: 500 },
    )
  })
})

test('Validate Email judges the syntax and gives the reason', () => {
  expect(judgeEmail('Ada@shop.example')).toEqual({ valid: true, formatInvalid: false })
  expect(judgeEmail('ada')).toEqual({ valid: false, formatInvalid: true, reason: 'EMAIL_DOMAIN_FORMAT_INVALID' })
})

const asciiLetter = fc.constantFrom(...'abkKAZ09.-+')
const unusual = ['é', 'e\u0301', 'İ', 'ı', 'ß', 'ẞ', 'Σ', 'ς', 'ﬁ', 'Å', 'Ω', 'ǅ', '字', 'ａ', '\u0307', '𝒂', '\u1e9e']

function longAddress(octets: number): string {
  const ending = `.${'b'.repeat(62)}.${'c'.repeat(62)}.example`
  const start = `${'a'.repeat(60)}@`
  return `${start}${'d'.repeat(octets - start.length - ending.length)}${ending}`
}
