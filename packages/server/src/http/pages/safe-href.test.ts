import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { safeHref } from './safe-href.ts'

describe('safeHref', () => {
  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'javascript://shop.example/%0Aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'blob:https://shop.example/1',
    'file:///etc/passwd',
    'about:blank',
    'view-source:https://shop.example',
    'com.example.app:/done',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '\\\\evil.example',
    'https://bank.example@evil.example/',
    'https://user:secret@shop.example/',
    'https://',
    'https:// shop.example',
    'https://shop\u0000.example',
    'relative/path',
    '?query',
    '#fragment',
    '',
    '\uD800',
  ])('%j does not become a link', (address) => {
    expect(safeHref(address)).toBeUndefined()
  })

  test.each([
    ['https://shop.example/bye?a=b c&d=é#e', 'https://shop.example/bye?a=b%20c&d=%C3%A9#e', 'shop.example'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:3000/cb', '127.0.0.1:3000'],
    ['HTTPS://SHOP.example', 'https://shop.example/', 'shop.example'],
    ['https://раураl.example/', 'https://xn--l-7sba6dbr.example/', 'xn--l-7sba6dbr.example'],
    ['https://shop.example/\u202E', 'https://shop.example/%E2%80%AE', 'shop.example'],
    ['https://shop.example/\uD800', 'https://shop.example/%EF%BF%BD', 'shop.example'],
    ['/v1/logout?clientId=1', '/v1/logout?clientId=1', undefined],
    ['/', '/', undefined],
  ])('%j becomes %j', (address, href, host) => {
    expect(safeHref(address)).toEqual({ href, host })
  })

  test('whatever is accepted is read by a browser as a web address, and a path stays on its origin', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('/', '\\', '.', ':', '@', '\t', 'http', 'javascript', 'evil.example', '?', '#', 'a'), {
          maxLength: 12,
        }),
        (parts) => {
          const safe = safeHref(parts.join(''))
          if (safe === undefined) return
          const url = new URL(safe.href, 'https://adjourn.example/somewhere')
          expect(['https:', 'http:']).toContain(url.protocol)
          expect(url.host).toBe(safe.host ?? 'adjourn.example')
        },
      ),
      { numRuns: 2000 },
    ))
})
