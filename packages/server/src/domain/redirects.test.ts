import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  clientOrigins,
  isAllowedRedirectTarget,
  isAllowedRedirectUri,
  originBelongsToClient,
  redirectDomainProblem,
  redirectUriProblem,
  returnPath,
} from './redirects.ts'

describe('registering a redirect URI', () => {
  test.each([
    'https://shop.example',
    'https://shop.example/callback?next=1',
    'https://shop.example:8443/callback',
    'https://[2001:db8::1]/callback',
    'http://localhost:3000/callback',
    'http://127.0.0.1/callback',
    'http://127.9.9.9:1/callback',
    'http://[::1]:3000/callback',
    'exp://192.0.2.7:8081/--/callback',
    'myapp:/x',
    'myapp://callback',
    'com.example.app:/done',
    'https://*-shop.example/callback',
    'https://pr-*.shop.example/callback',
    'https://*.shop.example/callback',
    'https://*.preview.shop.example:8443/callback',
  ])('R-07: %s is accepted', (uri) => {
    expect(redirectUriProblem(uri)).toBeUndefined()
  })

  test.each([
    ['nothing', '', 'absolute'],
    ['a path', '/callback', 'absolute'],
    ['a scheme-relative URI', '//shop.example/callback', 'absolute'],
    ['a host without a scheme', 'shop.example/callback', 'absolute'],
    ['a host and port without a scheme', 'localhost:3000/callback', 'begin with a scheme'],
    ['a fragment', 'https://shop.example/callback#x', 'fragment'],
    ['an empty fragment', 'https://shop.example/callback#', 'fragment'],
    ['a fragment in an app scheme', 'myapp:/x#y', 'fragment'],
    ['a user', 'https://ada@shop.example/callback', 'user information'],
    ['a password', 'https://ada:pw@shop.example/callback', 'user information'],
    ['an empty user', 'https://@shop.example/callback', 'user information'],
    ['a user in an app scheme', 'myapp://ada@callback', 'user information'],
    ['a newline', 'https://shop.example/call\nback', 'control characters'],
    ['a tab', 'https://shop.example/call\tback', 'control characters'],
    ['NUL', 'https://shop.example/\0', 'control characters'],
    ['DEL', 'https://shop.example/\x7f', 'control characters'],
    ['a C1 control character', 'https://shop.example/\u0085', 'control characters'],
    ['a backslash', 'https://shop.example\\callback', 'backslashes'],
    ['a space', 'https://shop.example/call back', 'whitespace'],
    ['a trailing space', 'https://shop.example/callback ', 'whitespace'],
    ['a line separator', 'https://shop.example/\u2028', 'whitespace'],
    ['javascript', 'javascript:alert(1)', 'scheme javascript:'],
    ['javascript in capitals', 'JavaScript:alert(1)', 'scheme javascript:'],
    ['javascript with a host', 'javascript://shop.example/%0aalert(1)', 'scheme javascript:'],
    ['javascript broken by a tab', 'java\tscript:alert(1)', 'control characters'],
    ['data', 'data:text/html,x', 'scheme data:'],
    ['vbscript', 'vbscript:x', 'scheme vbscript:'],
    ['blob', 'blob:https://shop.example/6f1d', 'scheme blob:'],
    ['file', 'file:///etc/passwd', 'scheme file:'],
    ['about', 'about:blank', 'scheme about:'],
    ['http', 'http://shop.example/callback', 'https'],
    ['http to a private network', 'http://192.168.1.5/callback', 'https'],
    ['http to a name that begins like a loopback one', 'http://localhost.evil.example/', 'https'],
    ['http to an address that begins like a loopback one', 'http://127.0.0.1.evil.example/', 'https'],
    ['a character outside ASCII', 'https://shop.example/café', 'percent-encoded'],
    ['a host outside ASCII', 'https://bücher.example/', 'as xn--bcher-kva.example'],
    ['two wildcards', 'https://*-*.shop.example/callback', 'more than one'],
    ['a wildcard as host', 'https://*/callback', 'whole domain'],
    ['a wildcard in the last label', 'https://shop.*/callback', 'whole domain'],
    ['a wildcard for every name of a top-level domain', 'https://*.example/callback', 'whole domain'],
    ['the same, with the dot of the root', 'https://*.example./callback', 'empty label'],
    ['a wildcard in the path', 'https://shop.example/*', 'within the host'],
    ['a wildcard in the query', 'https://shop.example/?to=*', 'within the host'],
    ['a wildcard port', 'https://shop.example:*/callback', 'within the host'],
    ['a wildcard scheme', '*://shop.example/callback', 'within the host'],
    ['a wildcard user', 'https://*@shop.example/callback', 'must'],
    ['a wildcard before a user', 'https://a*.b.c@shop.example/callback', 'user information'],
    ['a wildcard in an app scheme', 'exp://*.exp.example/callback', 'within the host'],
    ['a wildcard by http', 'http://*.localhost/callback', 'within the host'],
    ['a wildcard in an IP address', 'https://127.*.0.1/callback', 'must'],
    ['a wildcard in an IPv6 address', 'https://[*::1]/callback', 'must'],
  ])('R-07: a redirect URI with %s is refused with the rule it breaks', (_, uri, rule) => {
    expect(redirectUriProblem(uri)).toContain(rule)
  })
})

describe('registering a redirect domain', () => {
  test.each([
    'www.shop.example',
    'Shop.Example',
    'localhost',
    'localhost:4321',
    '127.0.0.1',
    '[::1]:3000',
    'a_b.example',
  ])('%s is accepted', (entry) => {
    expect(redirectDomainProblem(entry)).toBeUndefined()
  })

  test.each([
    '',
    'https://shop.example',
    '//shop.example',
    '//..',
    '//evil.example/..',
    '//evil.example/../..',
    '/%2fevil.example/..',
    'shop.example/',
    'shop.example/path',
    'shop.example?x',
    'shop.example#x',
    'shop.example\\x',
    '*.shop.example',
    '*',
    'ada@shop.example',
    'shop.example:',
    'shop.example:0',
    'shop.example:65536',
    'shop.example:x',
    'shop.example:1:2',
    'shop.example.',
    '.shop.example',
    'shop..example',
    'shop .example',
    'shop.example\n',
    'bücher.example',
    'ｓhop.example',
    'shop%2eexample',
    '127.1',
    '0x7f.0.0.1',
    '::1',
    '[::1',
    '[0:0:0:0:0:0:0:1]',
    'shop.example,evil.example',
  ])('%j is refused', (entry) => {
    expect(redirectDomainProblem(entry)).toMatch(/^must /)
  })
})

describe('matching a registered redirect URI', () => {
  const registered = 'https://shop.example/callback?a=b'

  test('R-07: the registered string itself is allowed', () => {
    expect(isAllowedRedirectUri(registered, ['https://other.example/', registered])).toBe(true)
    expect(isAllowedRedirectUri('myapp:/x', ['myapp:/x'])).toBe(true)
  })

  test.each([
    'https://shop.example/callback',
    'https://shop.example/callback?a=b&c=d',
    'https://shop.example/callback?a=b#x',
    'https://shop.example/callback/?a=b',
    'https://shop.example/Callback?a=b',
    'https://shop.example/%63allback?a=b',
    'https://shop.example/x/../callback?a=b',
    'https://shop.example:443/callback?a=b',
    'https://shop.example./callback?a=b',
    'https://SHOP.example/callback?a=b',
    'HTTPS://shop.example/callback?a=b',
    'http://shop.example/callback?a=b',
    'https://www.shop.example/callback?a=b',
    'https://shop.example.evil.example/callback?a=b',
    'https://ada@shop.example/callback?a=b',
    ' https://shop.example/callback?a=b',
    'https://shop.example/callback?a=b ',
    'https://shop.example/callback?a=b\n',
    'https:/shop.example/callback?a=b',
    '//shop.example/callback?a=b',
    '/callback?a=b',
    '',
  ])('a near miss is refused: %j', (uri) => {
    expect(isAllowedRedirectUri(uri, [registered])).toBe(false)
  })

  test.each(['a', '1', '-', 'pr-17', 'xn--e1afmkfd-0'])('a * stands for %s', (text) => {
    const uri = `https://pr-${text}.shop.example:8443/callback?a=b`
    expect(isAllowedRedirectUri(uri, ['https://pr-*.shop.example:8443/callback?a=b'])).toBe(
      URL.canParse(uri) && new URL(uri).hostname === `pr-${text}.shop.example`,
    )
    expect(isAllowedRedirectUri(`https://p${text}-shop.example/`, ['https://p*-shop.example/'])).toBe(true)
  })

  test.each([
    ['nothing', ''],
    ['a dot', 'a.b'],
    ['a slash', 'evil.example/'],
    ['a user', 'evil@'],
    ['a port and user', 'evil:1@'],
    ['a backslash', 'evil.example\\'],
    ['a query', 'evil.example?'],
    ['a fragment', 'evil.example#'],
    ['a percent sign', 'a%2e'],
    ['a capital letter', 'A'],
    ['an underscore', 'a_b'],
    ['a letter outside ASCII', 'ä'],
    ['a full-width letter', 'ａ'],
    ['an ideographic full stop', 'a。b'],
    ['a newline', 'a\n'],
    ['a tab', 'a\t'],
    ['a space', 'a '],
    ['itself', '*'],
  ])('a * does not stand for %s', (_, text) => {
    expect(isAllowedRedirectUri(`https://${text}-shop.example/callback`, ['https://*-shop.example/callback'])).toBe(
      false,
    )
  })

  test.each([
    'https://pr1-shop.example/callback/',
    'https://pr1-shop.example/',
    'https://pr1-shop.example:8443/callback',
    'https://pr1-shopxexample/callback',
    'https://pr1-Shop.example/callback',
    'http://pr1-shop.example/callback',
    'https://shop.example/callback',
    'https://evil.example/-shop.example/callback',
  ])('everything around a * must be identical: %s', (uri) => {
    expect(isAllowedRedirectUri(uri, ['https://*-shop.example/callback'])).toBe(false)
  })

  test('characters that mean something in a regular expression mean themselves in an entry', () => {
    const entries = ['https://*-shop.example/a+(b|c)?d=.$', 'https://*-shop.example/(a+)+$']
    expect(isAllowedRedirectUri('https://x-shop.example/a+(b|c)?d=.$', entries)).toBe(true)
    expect(isAllowedRedirectUri('https://x-shop.example/aab', entries)).toBe(false)
    expect(isAllowedRedirectUri('https://x-shop.example/aaa', entries)).toBe(false)
  })

  test('R-07: an entry that could not be registered allows nothing, even the same string', () => {
    for (const entry of [
      'javascript:alert(1)',
      'http://shop.example/',
      'https://*/x',
      'https://shop.example/#x',
      '/',
    ]) {
      expect(isAllowedRedirectUri(entry, [entry])).toBe(false)
      expect(isAllowedRedirectUri(entry.replace('*', 'evil'), [entry])).toBe(false)
    }
  })
})

const client = {
  allowedRedirectUris: [
    'https://shop.example/callback',
    'https://*-preview.example/callback',
    'http://[::1]:3000/callback',
    'exp://192.0.2.7:8081/--/callback',
    'myapp:/x',
  ],
  allowedRedirectDomains: [
    'www.shop.example',
    'Admin.Shop.Example:8443',
    'plain.example:443',
    'localhost',
    '127.0.0.1:80',
  ],
}

describe('redirecting to a registered URI or domain', () => {
  test.each([
    'https://shop.example/callback',
    'https://pr-1-preview.example/callback',
    'myapp:/x',
    'https://www.shop.example',
    'https://www.shop.example/any/path?a=b#c',
    'https://WWW.Shop.Example/',
    'https://www.shop.example:8443/',
    'https://www.shop.example:443/',
    'https://admin.shop.example:8443/',
    'https://plain.example/',
    'https://plain.example:443/',
    'http://localhost/',
    'http://localhost:4321/bye',
    'https://localhost/',
    'http://127.0.0.1/',
    'https://127.0.0.1:80/',
  ])('%s is allowed', (uri) => {
    expect(isAllowedRedirectTarget(uri, client)).toBe(true)
  })

  test.each([
    'https://shop.example/',
    'https://evil.example/',
    'http://www.shop.example/',
    'http://www.shop.example:443/',
    'ftp://www.shop.example/',
    'myapp://www.shop.example/',
    'javascript://www.shop.example/%0aalert(1)',
    'https://a.www.shop.example/',
    'https://shop.example:8443/',
    'https://admin.shop.example/',
    'https://admin.shop.example:8444/',
    'https://plain.example:8443/',
    'http://plain.example/',
    'http://127.0.0.1:8080/',
    'https://127.0.0.1/',
    'http://127.0.0.2/',
    'http://127.1/',
    'http://[::1]:3000/other',
    'https://www.shop.example./',
    'https://www.shop.example.evil.example/',
    'https://evilwww.shop.example/',
    'https://www.shop.example@evil.example/',
    'https://www.shop.example:pw@evil.example/',
    'https://evil.example@www.shop.example/',
    'https://@www.shop.example/',
    'https://evil.example\\@www.shop.example/',
    'https://www.shop.example\\@evil.example/',
    'https://www.shop.example\\.evil.example/',
    'https://evil.example\\www.shop.example/',
    'https:\\\\www.shop.example/',
    'https:/www.shop.example/',
    'https:www.shop.example/',
    'https:///www.shop.example/',
    '//www.shop.example/',
    '/\\www.shop.example/',
    'www.shop.example',
    'https://evil.example#www.shop.example/',
    'https://evil.example?www.shop.example/',
    'https://evil.example%2f@www.shop.example/',
    'https://evil.example%00.www.shop.example/',
    'https://www%2eshop.example/',
    'https://www.shop.exampl\u0435/',
    'https://ｗww.shop.example/',
    'https://www。shop.example/',
    'https://www.shop\u00ad.example/',
    'https://www.shop\t.example/',
    'https://www.shop\n.example/',
    'ht\ntps://www.shop.example/',
    ' https://www.shop.example/',
    'https://www.shop.example/ ',
    'https://www.shop.example/\r\nSet-Cookie:a=b',
    'https://www.shop.example/\0',
    'https://www.shop.example/\ud800',
    'https://www.shop.example:/',
    'https://www.shop.example:0443/',
    'https://*-preview.example/callback',
    'https://evil.example/-preview.example/callback',
    'blob:https://www.shop.example/6f1d',
    'view-source:https://www.shop.example/',
    `https://www.shop.example/${'a'.repeat(2048)}`,
    '',
  ])('%j is refused', (uri) => {
    expect(isAllowedRedirectTarget(uri, client)).toBe(false)
  })

  test('a domain that could not be registered allows nothing', () => {
    for (const entry of ['', '*', '*.example', 'www.shop.example.', 'https://www.shop.example', '.example']) {
      expect(
        isAllowedRedirectTarget('https://www.shop.example/', {
          allowedRedirectUris: [],
          allowedRedirectDomains: [entry],
        }),
      ).toBe(false)
    }
  })

  test('nothing is allowed for a client that has registered nothing', () => {
    const nothing = { allowedRedirectUris: [], allowedRedirectDomains: [] }
    expect(isAllowedRedirectTarget('https://www.shop.example/', nothing)).toBe(false)
    expect(isAllowedRedirectTarget('', nothing)).toBe(false)
  })

  /** Read off the lists above by hand, so that the code under test is not its own judge. */
  const hostsInLists = [
    /^shop\.example$/,
    /^[a-z0-9-]+-preview\.example$/,
    /^\[::1\]:3000$/,
    /^192\.0\.2\.7:8081$/,
    /^$/,
    /^www\.shop\.example(:\d+)?$/,
    /^admin\.shop\.example:8443$/,
    /^plain\.example$/,
    /^localhost(:\d+)?$/,
    /^127\.0\.0\.1(:80)?$/,
  ]
  const fragments = [
    ...['https://', 'http://', 'HTTPS:', 'javascript:', 'exp://', 'myapp:', '//', '/', '\\', '/\\', ':', '@', '#', '?'],
    ...[
      'evil.example',
      'www.shop.example',
      'admin.shop.example',
      'localhost',
      '127.0.0.1',
      '-preview.example',
      '[::1]',
    ],
    ...['.', '。', '．', '%2e', '%2f', '%40', '%5c', '%00', '\t', '\n', '\r', ' ', '\0', '\u00a0', '\u200b', '\u00ad'],
    ...[
      'ａ',
      '／',
      '＠',
      '：',
      '\ufeff',
      '\ud800',
      '*',
      '-',
      'a',
      '0',
      ':443',
      ':80',
      ':8443',
      '/callback',
      'xn--',
      '..',
    ],
  ]
  const fragment = fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 3, unit: 'binary' }))
  const starts = [
    ...client.allowedRedirectUris.map((uri) => uri.replace('*', 'a')),
    ...client.allowedRedirectDomains.flatMap((domain) => [`https://${domain}/`, `http://${domain}/`]),
    '',
  ]
  const nearMiss = fc
    .tuple(
      fc.constantFrom(...starts),
      fc.array(fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 2 }), fragment), { maxLength: 3 }),
    )
    .map(([start, edits]) =>
      edits.reduce((text, [at, removed, added]) => text.slice(0, at) + added + text.slice(at + removed), start),
    )

  test('no string that is allowed leads a browser to a host that is not in the lists', () => {
    let allowed = 0
    fc.assert(
      fc.property(
        fc.oneof(
          nearMiss,
          fc.array(fragment, { maxLength: 8 }).map((parts) => parts.join('')),
        ),
        (uri) => {
          if (!isAllowedRedirectTarget(uri, client)) return
          allowed += 1
          // Also against a base, as a browser resolves `Location`.
          for (const url of [new URL(uri), new URL(uri, 'https://evil.example/')]) {
            expect(hostsInLists.some((host) => host.test(url.host))).toBe(true)
            expect(['https:', 'http:', 'exp:', 'myapp:']).toContain(url.protocol)
            expect(url.username + url.password).toBe('')
          }
        },
      ),
      { numRuns: 10_000 },
    )
    // Or the property would hold for a function that refuses everything.
    expect(allowed).toBeGreaterThan(500)
  })
})

describe('the origins of a client', () => {
  test('are those of its web redirect URIs, each once', () => {
    expect(
      clientOrigins({
        allowedRedirectUris: [
          'https://Shop.example:443/callback',
          'https://shop.example/other',
          'http://localhost:3000/',
          'https://*-preview.example/',
          'exp://192.0.2.7:8081/',
          'myapp:/x',
          'http://evil.example/',
          'not a uri',
        ],
      }),
    ).toEqual(['https://shop.example', 'http://localhost:3000'])
  })

  test.each([
    'https://shop.example',
    'http://[::1]:3000',
    'https://pr-1-preview.example',
    'https://www.shop.example',
    'https://www.shop.example:8443',
    'https://admin.shop.example:8443',
    'https://plain.example',
    'http://localhost:4321',
    'http://127.0.0.1',
  ])('%s belongs to it', (origin) => {
    expect(originBelongsToClient(origin, client)).toBe(true)
  })

  test('the port of an entry with a * is compared as browsers write it', () => {
    const starred = {
      allowedRedirectUris: ['https://*-A.example:443/callback', 'https://*-b.example:8443/callback'],
      allowedRedirectDomains: [],
    }
    expect(originBelongsToClient('https://x-a.example', starred)).toBe(true)
    expect(originBelongsToClient('https://x-b.example:8443', starred)).toBe(true)
    expect(originBelongsToClient('https://x-b.example', starred)).toBe(false)
  })

  test.each([
    '',
    'null',
    '*',
    'https://evil.example',
    'https://shop.example/',
    'https://shop.example:443',
    'https://Shop.example',
    'http://shop.example',
    'https://shop.example:8443',
    'https://shop.example.evil.example',
    'https://a.b-preview.example',
    'https://-preview.example',
    'https://*-preview.example',
    'http://pr-1-preview.example',
    'http://www.shop.example',
    'https://admin.shop.example',
    'http://127.0.0.1:8080',
    'http://[::1]',
    'exp://192.0.2.7:8081',
    'https://ada@shop.example',
    'https://shop.example, https://evil.example',
    'https://shop.example\n',
  ])('%j does not', (origin) => {
    expect(originBelongsToClient(origin, client)).toBe(false)
  })
})

describe('returning to where a page was opened from', () => {
  const allowedOrigins = ['https://shop.example', 'http://localhost:3000']

  test.each([
    '/',
    '/account',
    '/account?tab=devices#last',
    '/a//b',
    '/@ada',
    '/a%2Fb',
    'https://shop.example',
    'https://shop.example/x?y#z',
    'http://localhost:3000/x',
  ])('R-08: %s is followed', (value) => {
    expect(returnPath(value, allowedOrigins)).toBe(value)
  })

  test.each([
    undefined,
    '',
    'account',
    './account',
    '?x',
    '#x',
    '//evil.example',
    '///evil.example',
    '////evil.example',
    '//evil.example@shop.example',
    '//shop.example',
    '/\\evil.example',
    '/\\/evil.example',
    '\\/evil.example',
    '\\\\evil.example',
    '/a\\b',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r/evil.example',
    '\t//evil.example',
    '/\0/evil.example',
    ' //evil.example',
    ' /account',
    '/ /evil.example',
    '/account\r\nSet-Cookie: a=b',
    '/%2fevil.example',
    '/%2Fevil.example',
    '/%5cevil.example',
    '/%5Cevil.example',
    '/%2f%2fevil.example',
    '/%252fevil.example',
    '/%25255cevil.example',
    '%2fevil.example',
    '%2f%2fevil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/a/..//evil.example',
    '/%2e//evil.example',
    '/a/%2e%2e//evil.example',
    '/./%2fevil.example',
    'https:evil.example',
    'https:/evil.example',
    'https:///evil.example',
    'https://evil.example',
    'https:\\\\evil.example',
    'https://shop.example@evil.example',
    'https://evil.example@shop.example',
    'https://shop.example\\@evil.example',
    'https://shop.example.evil.example',
    'https://shop.example:8443/',
    'http://shop.example/',
    'http://localhost/',
    'http:shop.example',
    'https:shop.example',
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    '/\u2028/evil.example',
    '/\ud800',
    `/${'a'.repeat(2048)}`,
  ])('R-08: %j falls back', (value) => {
    expect(returnPath(value, allowedOrigins)).toBe('/')
    expect(returnPath(value, allowedOrigins, '/home')).toBe('/home')
  })

  test('R-08: a string that is followed stays on its own origin or reaches an allowed one', () => {
    const pieces = fc.constantFrom(
      ...['/', '//', '\\', '.', '..', '%2e', '%2f', '%5c', '\t', '\n', ' ', '@', ':', '#', '?', 'a', 'evil.example'],
      ...['https:', 'http:', 'shop.example', 'localhost:3000', '／', '＼', '%25'],
    )
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 8 }),
        fc.constantFrom('', '/', 'https://shop.example'),
        (parts, start) => {
          const next = returnPath(`${start}${parts.join('')}`, allowedOrigins)
          const once = new URL(next, 'https://own.example/login')
          expect([...allowedOrigins, 'https://own.example']).toContain(once.origin)
          // Code that sends the resolved path on by itself must not make a host of it.
          if (next.startsWith('/')) expect(new URL(once.pathname, 'https://own.example').host).toBe('own.example')
        },
      ),
      { numRuns: 5_000 },
    )
  })
})
