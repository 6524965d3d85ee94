/** What holds for every page, whatever it says. The words of each are tested beside it. */

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { branded, plain } from '../../../test/support/appearances.ts'
import type { Appearance } from './appearance.ts'
import { closedPage } from './closed-page.ts'
import { codePage } from './code-page.ts'
import { confirmSignOutPage } from './confirm-sign-out-page.ts'
import { continuePage } from './continue-page.ts'
import { errorPage } from './error-page.ts'
import { forgottenPasswordPage } from './forgotten-password-page.ts'
import type { Page } from './layout.ts'
import { loginPage } from './login-page.ts'
import { constantSignedOutHtml, envelopeRedirectHtml } from './logout-envelope-html.ts'
import { logoutUnavailablePage } from './logout-unavailable-page.ts'
import { mailSentPage } from './mail-sent-page.ts'
import { refusedRedirectPage } from './refused-redirect-page.ts'
import { registerPage } from './register-page.ts'
import { signedInPage } from './signed-in-page.ts'
import { signedOutPage } from './signed-out-page.ts'
import { waitingPage } from './waiting-page.ts'

/** Each page with the same outside text in every place that takes any. */
const everyPage: Readonly<Record<string, (look: Appearance, text: string) => Page>> = {
  'signed out': (look, text) => signedOutPage(look, { outcome: 'ended', redirectRefused: text }),
  'signed out before': (look, text) => signedOutPage(look, { outcome: 'already_ended', redirectRefused: text }),
  'nobody signed in': (look, text) => signedOutPage(look, { outcome: 'nobody', redirectRefused: text }),
  'signed out by a link that is no good': (look) => signedOutPage(look, { outcome: 'nobody', linkProblem: 'expired' }),
  'signed out, to continue': (look, text) =>
    signedOutPage(look, {
      outcome: 'ended',
      continueTo: `https://shop.example/?${encodeURIComponent(text.toWellFormed())}`,
    }),
  continue: ({ words }, text) => continuePage(words, { location: `https://shop.example/?${text}` }),
  'confirm sign-out': (look, text) =>
    confirmSignOutPage(look, {
      action: `/sign-out?${text}`,
      fields: { [`f${text}`]: text },
      memberName: `M${text}`,
      continueHost: `h${text}`,
      stayHref: `/?${text}`,
    }),
  'refused redirect with a form': (look, text) =>
    refusedRedirectPage(look, {
      problem: text,
      given: { what: 'address', value: text },
      signOut: { action: '/sign-out', fields: { a: text } },
    }),
  'refused redirect with a link': (look, text) =>
    refusedRedirectPage(look, {
      problem: text,
      given: { what: 'address', value: text },
      signOut: { href: `/sign-out?${text}` },
    }),
  'refused redirect without a way out': (look, text) =>
    refusedRedirectPage(look, { problem: text, given: { what: 'address', value: text } }),
  'logout failed': (look, text) =>
    logoutUnavailablePage(look, {
      certain: true,
      retryAction: { action: '/l', fields: { a: text }, method: 'post' },
    }),
  'logout not confirmed': (look, text) =>
    logoutUnavailablePage(look, {
      certain: false,
      retryAction: { action: '/l', fields: { a: text }, method: 'get' },
    }),
  'logout failed, no retry': (look) => logoutUnavailablePage(look, { certain: true }),
  login: (look, text) =>
    loginPage(look, {
      action: '/l',
      fields: { a: text },
      email: `e${text}`,
      registerHref: `/r?${text}`,
      forgottenHref: `/f?${text}`,
    }),
  'login after a problem': (look, text) =>
    loginPage(look, {
      action: '/l',
      fields: { a: text },
      email: `e${text}`,
      problem: { kind: 'wrong_credentials' },
      registerHref: null,
      forgottenHref: `/f?${text}`,
    }),
  register: (look, text) =>
    registerPage(look, { action: '/r', fields: { a: text }, passwordLength: 8, signInHref: `/l?${text}` }),
  'register after a problem': (look, text) =>
    registerPage(look, {
      action: '/r',
      fields: { a: text },
      email: `e${text}`,
      remember: true,
      passwordLength: 8,
      problem: { kind: 'password_length', atLeast: 8, atMost: 256 },
      signInHref: `/l?${text}`,
    }),
  'register with no address': (look, text) =>
    registerPage(look, {
      action: '/r',
      fields: {},
      email: `e${text}`,
      passwordLength: 8,
      problem: { kind: 'no_email_address' },
      signInHref: '/l',
    }),
  'forgotten password': (look, text) =>
    forgottenPasswordPage(look, { action: '/f', fields: { a: text }, email: `e${text}`, signInHref: `/l?${text}` }),
  'forgotten password, too often': (look, text) =>
    forgottenPasswordPage(look, {
      action: '/f',
      fields: { a: text },
      email: `e${text}`,
      problem: { kind: 'throttled', minutes: 2 },
      signInHref: `/l?${text}`,
    }),
  'mail sent': (look) => mailSentPage(look, {}),
  'mail sent, back to signing in': (look, text) => mailSentPage(look, { signInHref: `/l?${text}` }),
  closed: (look, text) => closedPage(look, { signInHref: `/l?${text}` }),
  code: (look, text) =>
    codePage(look, { action: '/c', fields: { a: text }, email: `e${text}`, beginHref: `/l?${text}` }),
  'code after a problem': (look, text) =>
    codePage(look, {
      action: '/c',
      fields: { a: text },
      email: `e${text}`,
      problem: { kind: 'wrong_code' },
      beginHref: `/l?${text}`,
    }),
  'code, another one asked for': (look, text) =>
    codePage(look, { action: '/c', fields: {}, email: `e${text}`, anotherSent: true, beginHref: '/l' }),
  waiting: (look) => waitingPage(look),
  'signed in': (look) => signedInPage(look),
  error: (look, text) => errorPage(look, { title: `t${text}`, explanation: text, reference: text, isTechnical: true }),
}
const pages = Object.entries(everyPage).flatMap(([name, page]) =>
  [
    ['plain', plain] as const,
    ['of a brand', branded] as const,
    // Not one of the branding's values is ours either.
    ['of a brand called anything', undefined] as const,
  ].map(([as, look]) => [`${name}, ${as}`, look ?? branded, page, look === undefined] as const),
)

const payloads = [
  '"><script>alert(1)</script>',
  "'><img src=x onerror=alert(1)>",
  '</title></style></textarea><svg/onload=alert(1)>',
  '<!--<script>',
  '--><b>',
  '<base href=//evil.example>',
  '<meta http-equiv=refresh content=0;url=//evil.example>',
  '" autofocus onfocus="alert(1)',
  '$&$1{{7*7}}',
  '&quot;&gt;&lt;b&gt;',
  '\uD800"><b>\uDC00',
  '\u202E"><b>',
  '\0"><b>\r\n<i>',
]

/**
 * The tags of a document with the names of their attributes, in order. Throws when anything is left over that a parser
 * could read as a tag, a comment or a quote out of place.
 */
function structureOf(document: string): string[] {
  const tags: string[] = []
  const style = /<style>([^<]*)<\/style>/.exec(document)?.[1] ?? ''
  const rest = document
    .replace('<!doctype html>', '')
    .replace(style, '')
    .replace(/<(\/?[a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"<>]*")?)*)>/g, (_, name: string, attributes: string) => {
      tags.push([name, ...Array.from(attributes.matchAll(/ ([a-z-]+)(?:="[^"]*")?/g), (match) => match[1])].join(' '))
      return ''
    })
  expect(rest).not.toMatch(/[<>"]/)
  return tags
}

describe.each(pages)('the page "%s"', (_, look, pageIn, isCalledAnything) => {
  const page = (text: string) =>
    pageIn(isCalledAnything ? { ...look, brand: { ...look.brand, name: `n${text}`, logoUrl: null } } : look, text)
  // What the page shows of the brand besides its name: the answer of a redirect, and where the address is a secret, nothing.
  const showsPicture = page('text').html.includes('<img ')

  test('H-02: names its one inline style by the hash of the style as it stands in the HTML', () => {
    const { html, contentSecurityPolicy } = page('text')
    const styles = [...html.matchAll(/<style>(.*?)<\/style>/gs)]
    expect(styles).toHaveLength(1)
    const hash = createHash('sha256')
      .update(styles[0]?.[1] ?? '')
      .digest('base64')
    expect(contentSecurityPolicy).toContain(`; style-src 'sha256-${hash}';`)
    expect(isCalledAnything && showsPicture).toBe(false)
  })

  test('H-02: has a policy that starts from nothing and has no script, style attribute or outside resource to need more', () => {
    const { html, contentSecurityPolicy } = page('text')
    const picture = showsPicture ? 'img-src https://pictures.example; ' : ''
    expect(contentSecurityPolicy.replace(/'sha256-[^']+'/, 'HASH')).toBe(
      `default-src 'none'; style-src HASH; ${picture}base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'`,
    )
    const rest = html.replace(
      '<img src="https://pictures.example/logo.svg" alt="Ada &amp; Söhne" referrerpolicy="no-referrer">',
      '',
    )
    expect(rest).not.toMatch(/<(?:script|link|img|iframe|object|base|svg)|\s(?:style|src|on\w+)=|url\(|@import/)
  })

  test('H-03: sends its origin when it has a form, and no referrer otherwise', () => {
    const { html, referrerPolicy } = page('text')
    expect(referrerPolicy).toBe(html.includes('<form') ? 'same-origin' : 'no-referrer')
  })

  test('has a language, a character set, a viewport, a title and no place in a search engine', () => {
    const { html } = page('text')
    expect(html).toMatch(/^<!doctype html>\n<html lang="(?:en|de)">\n<head>\n<meta charset="utf-8">/)
    expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">')
    expect(html).toContain('<meta name="robots" content="noindex">')
    expect(html).toContain(`<html lang="${look.words.code}">`)
    expect(html).toMatch(/<title>[^<]+<\/title>/)
    expect(html).toMatch(/<main/)
  })

  test('has a label for every visible field and an ID for every reference to one', () => {
    const { html } = page('text')
    const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]))
    for (const [input] of html.matchAll(/<input (?!type="hidden")[^>]*>/g)) {
      expect(html).toContain(`<label for="${/id="([^"]+)"/.exec(input)?.[1]}">`)
    }
    for (const [, references = ''] of html.matchAll(/ (?:for|aria-describedby)="([^"]+)"/g)) {
      for (const id of references.split(' ')) expect(ids).toContain(id)
    }
    expect(ids.size).toBe([...html.matchAll(/ id="/g)].length)
  })

  test.each(payloads)('keeps its structure when every outside value is %j', (payload) => {
    expect(structureOf(page(payload).html)).toEqual(structureOf(page('text').html))
  })

  test('keeps its structure and stays well-formed whatever the outside values are', () => {
    const plain = page('text')
    const structure = structureOf(plain.html)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const { html, contentSecurityPolicy } = page(text)
        expect(structureOf(html)).toEqual(structure)
        expect(html.isWellFormed()).toBe(true)
        expect(contentSecurityPolicy).toBe(plain.contentSecurityPolicy)
      }),
    )
  })

  test('shows no text-direction override and no control character outside the values of fields', () => {
    const html = page('\u202Eabc\u0007\u2066').html.replace(/ (?:value|name)="[^"]*"/g, '')
    for (const character of ['\u202E', '\u2066', '\u0007']) expect(html).not.toContain(character)
  })
})

describe('the envelope of a logout', () => {
  test('its HTML keeps its structure whatever the target is', () => {
    for (const payload of payloads) {
      expect(structureOf(envelopeRedirectHtml(`https://shop.example/?${payload}`))).toEqual(
        structureOf(envelopeRedirectHtml('https://shop.example/')),
      )
    }
  })

  test('its constant HTML holds no link, form or script', () => {
    expect(structureOf(constantSignedOutHtml).filter((tag) => /^(?:a|form|script)\b/.test(tag))).toEqual([])
  })
})

test.each([
  ['confirm sign-out', (target: { action: string }) => confirmSignOutPage(plain, { ...target, fields: {} })],
  [
    'login',
    (target: { action: string }) =>
      loginPage(plain, { ...target, fields: {}, registerHref: null, forgottenHref: '/f' }),
  ],
  [
    'refused redirect',
    (target: { action: string }) =>
      refusedRedirectPage(plain, {
        problem: 'p',
        given: { what: 'client', value: 'g' },
        signOut: { ...target, fields: {} },
      }),
  ],
  [
    'logout failed',
    (target: { action: string }) =>
      logoutUnavailablePage(plain, { certain: true, retryAction: { ...target, fields: {}, method: 'post' } }),
  ],
])('the form of "%s" refuses an action that is no address of ours', (_, page) => {
  for (const action of ['javascript:alert(1)', '//evil.example', 'data:text/html,x', '']) {
    expect(() => page({ action })).toThrow(TypeError)
  }
})
