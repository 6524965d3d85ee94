import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shownAddress, shownName, shownText } from './shown-value.ts'

describe('shownAddress', () => {
  test.each([
    ['https://shop.example/\u202Emoc.knab', 'https://shop.example/[U+202E]moc.knab'],
    ['https://sh\u200Bop.example', 'https://sh[U+200B]op.example'],
    ['https://shop.example/\u00A0\u3000x', 'https://shop.example/[U+00A0][U+3000]x'],
    [' https://shop.example', '[U+0020]https://shop.example'],
    ['java\tscript:alert(1)', 'java[U+0009]script:alert(1)'],
    ['a\r\nSet-Cookie: b', 'a[U+000D][U+000A]Set-Cookie:[U+0020]b'],
    ['\uD800', '[U+D800]'],
    ['\u{E0061}', '[U+E0061]'],
    ['', '(empty)'],
  ])('%j is shown as %j', (given, shown) => {
    expect(shownAddress(given)).toBe(shown)
  })

  test('an ordinary address is shown as it is, letters of other scripts included', () => {
    expect(shownAddress('https://bücher.example/カ?a=b%20c#d')).toBe('https://bücher.example/カ?a=b%20c#d')
  })

  test('the 201st character becomes an ellipsis', () => {
    expect(shownAddress('x'.repeat(200))).toBe('x'.repeat(200))
    expect(shownAddress('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`)
  })

  test('a cut never halves a character outside the basic plane', () => {
    expect(shownAddress('\u{1F511}'.repeat(300)).isWellFormed()).toBe(true)
  })

  test('nothing invisible is left of any text', () =>
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[\p{C}\p{Z}]/u.test(shownAddress(text)))))
})

describe('shownName', () => {
  test('joiners and direction marks of real names stay', () => {
    expect(shownName('می‌خواهم \u200Fأحمد 👩‍🚀')).toBe('می‌خواهم \u200Fأحمد 👩‍🚀')
  })

  test.each(['\u202A', '\u202B', '\u202C', '\u202D', '\u202E', '\u2066', '\u2067', '\u2068', '\u2069'])(
    'the direction control %j is marked',
    (control) => {
      expect(shownName(`a${control}b`)).toBe(`a[U+${control.charCodeAt(0).toString(16).toUpperCase()}]b`)
    },
  )

  test('a name longer than 254 characters is cut', () => {
    expect(shownName('n'.repeat(255))).toBe(`${'n'.repeat(254)}…`)
  })
})

describe('shownText', () => {
  test('line breaks become one space, other controls are marked, length is left alone', () => {
    expect(shownText('one\r\n\ttwo\u0007')).toBe('one two[U+0007]')
    expect(shownText('s'.repeat(5000))).toHaveLength(5000)
  })
})
