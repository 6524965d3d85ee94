import { describe, expect, test } from 'vitest'
import { contentSecurityPolicyWith } from './content-security-policy.ts'
import { html } from './escape.ts'

const policy = contentSecurityPolicyWith(html`body{margin:0}`)
const formAction = (addresses: readonly string[]) =>
  policy(addresses)
    .split('; ')
    .find((directive) => directive.startsWith('form-action'))

describe('the policy of a page', () => {
  test('H-02: everything is refused but one style, named by its hash, and forms to our own origin', () => {
    expect(policy([])).toBe(
      "default-src 'none'; style-src 'sha256-IAdwN3biDCQ3brrgp1m8kBEsPQYyqfREKOEfeoREopc='; base-uri 'none'; " +
        "object-src 'none'; form-action 'self'; frame-ancestors 'none'",
    )
  })

  test.each([
    ['https://shop.example/callback?a=b;c', 'https://shop.example'],
    ['https://shop.example', 'https://shop.example'],
    ['https://shop.example:443/x', 'https://shop.example'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:3000'],
    ['https://münchen.example/', 'https://xn--mnchen-3ya.example'],
    ['com.example.app:/done;x', 'com.example.app:'],
  ])('H-02: a form whose answer redirects to %s lists %s and no more', (address, source) => {
    expect(formAction([address])).toBe(`form-action 'self' ${source}`)
  })

  test('H-02: an IPv6 literal, which no source can spell, is listed by its scheme and port', () => {
    expect(formAction(['http://[::1]:3000/cb'])).toBe("form-action 'self' http://*:3000")
    expect(formAction(['http://[::1]/cb'])).toBe("form-action 'self' http://*")
  })

  test('H-02: two addresses of one origin are listed once', () => {
    expect(formAction(['https://a.example/1', 'https://b.example/', 'https://a.example/2'])).toBe(
      "form-action 'self' https://a.example https://b.example",
    )
  })

  test.each([
    '*',
    'https:',
    "'unsafe-inline'",
    'shop.example',
    '/path',
    '',
    'https://*.example/',
    'https://a.example;script-src/',
    'https://a.example,b.example/',
    "https://a'b.example/",
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:https://a.example/1',
    'file:///etc/passwd',
    'about:blank',
    'https://a.example https://b.example',
  ])('H-02: %j cannot be listed', (address) => {
    expect(() => policy([address])).toThrow(TypeError)
  })
})
