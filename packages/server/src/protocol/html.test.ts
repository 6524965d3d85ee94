import { parse } from 'node:querystring'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeHtml, html, nothing } from './html.ts'

/** Reads back what `escapeHtml` wrote, as an HTML parser does. */
function unescaped(text: string): string {
  const references: Readonly<Record<string, string>> = {
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#39;': "'",
    '&#13;': '\r',
    '&#10;': '\n',
    '&amp;': '&',
  }
  return text.replace(/&(?:#?\w+);/g, (reference) => references[reference] ?? reference)
}

describe('escapeHtml', () => {
  test.each([
    ['"><script>alert(1)</script>', '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;'],
    ["' onmouseover='alert(1)", '&#39; onmouseover=&#39;alert(1)'],
    ['</title><svg onload=alert(1)>', '&lt;/title&gt;&lt;svg onload=alert(1)&gt;'],
    ['<!--', '&lt;!--'],
    ['&lt;b&gt;', '&amp;lt;b&amp;gt;'],
    ['&#60;b&#62;', '&amp;#60;b&amp;#62;'],
    ['a\r\nb', 'a&#13;&#10;b'],
    ['a\0b', 'a\uFFFDb'],
    ['high \uD800 and low \uDC00', 'high \uFFFD and low \uFFFD'],
    ['a pair stays: \u{1F511}', 'a pair stays: \u{1F511}'],
  ])('%j becomes %j', (given, escaped) => {
    expect(escapeHtml(given)).toBe(escaped)
  })

  test('a right-to-left override survives, because a hidden field must come back as it was', () => {
    expect(escapeHtml('\u202Eabc')).toBe('\u202Eabc')
  })

  test('no text of any kind leaves a character that means something to the parser', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = escapeHtml(text)
        expect(escaped).not.toMatch(/[<>"'\r\n\0]/)
        expect(unescaped(escaped)).toBe(text.toWellFormed().replaceAll('\0', '\uFFFD'))
      }),
    ))
})

describe('html', () => {
  test('an interpolated string is escaped', () => {
    expect(String(html`<p title="${'"><b>'}">${'<i>'}</p>`)).toBe('<p title="&quot;&gt;&lt;b&gt;">&lt;i&gt;</p>')
  })

  test('a piece made by the tag, a list of pieces, a number and nothing go in as they are', () => {
    expect(String(html`${html`<b>${'&'}</b>`}${[html`<i>`, html`</i>`]}${7}${nothing}`)).toBe('<b>&amp;</b><i></i>7')
  })

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a boolean', true],
    ['an object that prints as HTML', { toString: () => '<script>' }],
    ['an object parsed from a request', { text: '<script>', '#text': '<script>' }],
    ['an object with the prototype of a piece', Object.create(Object.getPrototypeOf(nothing))],
    ['a list of strings', ['<script>']],
    ['a parsed query', parse('a=1')],
  ])('%s is refused', (_, value) => {
    const attempt = Reflect.apply.bind(undefined, html, undefined)
    expect(() => attempt([Object.assign(['<p>', '</p>'], { raw: ['<p>', '</p>'] }), value])).toThrow(TypeError)
  })

  test('an attribute without quotes is refused, because escaping would not hold the value in', () => {
    expect(() => html`<a href=${'x onclick'}>`).toThrow(/quotes/)
    expect(() => html`<a href= ${'x'}>`).toThrow(/quotes/)
  })

  test('a value that ends with an equals sign does not matter to the value after it', () => {
    expect(String(html`${'YQ='}${'b'}`)).toBe('YQ=b')
  })
})
