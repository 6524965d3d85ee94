import { describe, expect, test } from 'vitest'
import { effectivePort, isLoopbackHost, parseWebUrl, readAbsoluteUrl } from './web-url.ts'

describe('parseWebUrl', () => {
  test.each([
    'https://shop.example',
    'https://shop.example/bye?a=1&b=é#part',
    'HTTPS://Shop.Example/',
    'https://shop.example:443/',
    'http://localhost:4321/',
    'http://192.0.2.7/x',
    'https://[2001:db8::1]:8443/',
    'https://xn--bcher-kva.example/',
    'https://shop.example/@ada',
    `https://shop.example/${'a'.repeat(2048 - 'https://shop.example/'.length)}`,
  ])('a web URL is read: %s', (text) => {
    expect(parseWebUrl(text)?.href).toBe(new URL(text).href)
  })

  test.each([
    ['nothing', ''],
    ['a path', '/bye'],
    ['a scheme-relative URL', '//shop.example/'],
    ['a host alone', 'shop.example'],
    ['an app scheme', 'exp://shop.example/'],
    ['a script', 'javascript:alert(1)'],
    ['one slash', 'https:/shop.example/'],
    ['no slash', 'https:shop.example/'],
    ['three slashes', 'https:///shop.example/'],
    ['no host', 'https://'],
    ['no host but a port', 'https://:443/'],
    ['a user', 'https://ada@shop.example/'],
    ['a user and password', 'https://ada:pw@shop.example/'],
    ['an empty user', 'https://@shop.example/'],
    ['a backslash after the host', 'https://shop.example\\.evil.example/'],
    ['backslashes for slashes', 'https:\\\\shop.example/'],
    ['a tab within the scheme', 'ht\ttps://shop.example/'],
    ['a newline within the host', 'https://shop\n.example/'],
    ['NUL', 'https://shop.example/\0'],
    ['a leading space', ' https://shop.example/'],
    ['a space in the host', 'https://shop .example/'],
    ['a space in front of the host', 'https:// shop.example/'],
    ['a space behind the scheme', 'https: //shop.example/'],
    ['a trailing space', 'https://shop.example/?a=b '],
    ['a no-break space', 'https://shop.example/\u00a0'],
    ['a byte order mark', '\ufeffhttps://shop.example/'],
    ['a lone surrogate', 'https://shop.example/\ud800'],
    ['a percent-encoded host', 'https://shop%2eexample/'],
    ['a full-width host', 'https://ｓhop.example/'],
    ['an ideographic full stop', 'https://shop。example/'],
    ['a Unicode host', 'https://bücher.example/'],
    ['a zero-width space in the host', 'https://shop\u200b.example/'],
    ['a short IP address', 'https://127.1/'],
    ['a hexadecimal IP address', 'https://0x7f000001/'],
    ['an octal IP address', 'https://0177.0.0.1/'],
    ['a long IPv6 address', 'https://[0:0:0:0:0:0:0:1]/'],
    ['port 0', 'https://shop.example:0/'],
    ['a port with a leading zero', 'https://shop.example:0443/'],
    ['a port past 65535', 'https://shop.example:65536/'],
    ['an empty port', 'https://shop.example:/'],
    ['two ports', 'https://shop.example:1:2/'],
    ['2049 characters', `https://shop.example/${'a'.repeat(2049 - 'https://shop.example/'.length)}`],
  ])('what is not plainly a web URL is refused: %s', (_, text) => {
    expect(parseWebUrl(text)).toBeUndefined()
  })
})

test('spaces and other characters that browsers encode may stand in path and query', () => {
  expect(parseWebUrl('https://shop.example/bye?a=b c&d=é')?.href).toBe('https://shop.example/bye?a=b%20c&d=%C3%A9')
})

test('a refusal tells the rule, and how browsers write the host', () => {
  expect(readAbsoluteUrl('https://127.1/')).toEqual({
    problem: 'must have its host written the way browsers read it, as 127.0.0.1',
  })
})

test('an app scheme is an absolute URL, with a host or without', () => {
  for (const text of ['exp://192.0.2.7:8081/--/done', 'myapp:/x', 'com.example.app:/done', 'unused://']) {
    expect(readAbsoluteUrl(text)).toHaveProperty('url')
  }
})

test.each([
  ['https://a.example/', '443'],
  ['https://a.example:443/', '443'],
  ['http://a.example/', '80'],
  ['https://a.example:80/', '80'],
])('the port of %s is %s', (text, port) => {
  expect(effectivePort(new URL(text))).toBe(port)
})

test.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.255.255.255', '[::1]', '::1'])(
  '%s is a loopback host',
  (host) => {
    expect(isLoopbackHost(host)).toBe(true)
  },
)

test.each([
  '',
  'localhost.',
  'localhost.evil.example',
  'a.localhost',
  'notlocalhost',
  '127.0.0.1.evil.example',
  '127.0.0.256',
  '127.0.0.01',
  '127.1',
  '1270.0.0.1',
  '126.0.0.1',
  '128.0.0.1',
  '0.0.0.0',
  '10.0.0.1',
  '::',
  '[::2]',
  '::ffff:127.0.0.1',
  'localhost\n',
])('%j is no loopback host', (host) => {
  expect(isLoopbackHost(host)).toBe(false)
})
