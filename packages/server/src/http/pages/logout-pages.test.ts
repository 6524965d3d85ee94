/** The words of the pages that a person meets while signing out: each says what is true, and nothing more. */

import { describe, expect, test } from 'vitest'
import { plain } from '../../../test/support/appearances.ts'
import { confirmSignOutPage } from './confirm-sign-out-page.ts'
import { continuePage } from './continue-page.ts'
import { constantSignedOutHtml, envelopeRedirectHtml } from './logout-envelope-html.ts'
import { logoutUnavailablePage } from './logout-unavailable-page.ts'
import { refusedRedirectPage } from './refused-redirect-page.ts'
import { type SignedOutOutcome, signedOutPage } from './signed-out-page.ts'

const heading = (html: string) => /<h1>(.*?)<\/h1>/.exec(html)?.[1]
const title = (html: string) => /<title>(.*?)<\/title>/.exec(html)?.[1]
const claimsSignedOut = /you are signed out|has ended|had ended/i

describe('signedOutPage', () => {
  test.each<[SignedOutOutcome, string, RegExp]>([
    ['ended', 'You are signed out', /Your session has ended/],
    ['already_ended', 'You are signed out', /Your session had ended before this request/],
    ['nobody', 'Nobody was signed in', /Nobody was signed in here in this browser/],
  ])('the outcome %s is called "%s"', (outcome, words, sentence) => {
    const { html } = signedOutPage(plain, { outcome })
    expect(heading(html)).toBe(words)
    expect(title(html)).toBe(words)
    expect(html).toMatch(sentence)
  })

  test('says that somebody is signed out only when a session ended', () => {
    expect(signedOutPage(plain, { outcome: 'nobody' }).html).not.toMatch(claimsSignedOut)
    expect(signedOutPage(plain, { outcome: 'already_ended' }).html).not.toMatch(/has ended/)
  })

  test('L-18: never says that an application was signed out', () => {
    for (const outcome of ['ended', 'already_ended', 'nobody'] as const) {
      expect(signedOutPage(plain, { outcome }).html).not.toMatch(
        /applications? (?:was|were|has|have|is|are) signed out/i,
      )
    }
  })

  test('names the host of the address to continue to, and not a host that only looks like it', () => {
    expect(signedOutPage(plain, { outcome: 'ended', continueTo: 'https://shop.example/bye?a=1&b=2' }).html).toContain(
      '<a class="button" href="https://shop.example/bye?a=1&amp;b=2">Continue to shop.example</a>',
    )
    expect(signedOutPage(plain, { outcome: 'ended', continueTo: '/account' }).html).toContain(
      'href="/account">Continue</a>',
    )
  })

  test.each(['javascript:alert(1)', 'data:text/html,x', '//evil.example', 'https://a@evil.example/', 'com.app:/x'])(
    'has no link to %s',
    (continueTo) => {
      expect(signedOutPage(plain, { outcome: 'ended', continueTo }).html).not.toContain('<a ')
    },
  )

  test('says why the reader was not sent on', () => {
    const { html } = signedOutPage(plain, { outcome: 'ended', redirectRefused: 'it is not registered.' })
    expect(html).toContain(
      'You were not sent on to the address that was asked for: <bdi lang="en">it is not registered.</bdi>',
    )
  })
})

describe('confirmSignOutPage', () => {
  const question = { action: '/sign-out', fields: { confirmation: 'adj_"1"', state: 'a\nb' } }

  test('asks by a POST form that carries its hidden fields, and claims nothing has ended', () => {
    const { html } = confirmSignOutPage(plain, question)
    expect(html).toContain('<form method="post" action="/sign-out">')
    expect(html).toContain('<input type="hidden" name="confirmation" value="adj_&quot;1&quot;">')
    expect(html).toContain('<input type="hidden" name="state" value="a&#10;b">')
    expect(html).toContain('<button type="submit">Sign out</button>')
    expect(html).not.toMatch(claimsSignedOut)
  })

  test('L-11: names the account that would be signed out, held apart from the sentence around it', () => {
    const { html } = confirmSignOutPage(plain, { ...question, memberName: 'אדם <b>' })
    expect(html).toContain('You are signed in as <strong><bdi>אדם &lt;b&gt;</bdi></strong>')
  })

  test('without a name it does not say that somebody is signed in', () => {
    expect(confirmSignOutPage(plain, question).html).not.toContain('signed in as')
    expect(confirmSignOutPage(plain, { ...question, memberName: '' }).html).not.toContain('signed in as')
  })

  test('names the host that the reader is sent on to', () => {
    expect(confirmSignOutPage(plain, { ...question, continueHost: 'shop.example' }).html).toContain(
      '<bdi>shop.example</bdi>',
    )
  })

  test('says that an answer was refused, and that the person is still signed in', () => {
    const { html } = confirmSignOutPage(plain, { ...question, before: 'answer_refused' })
    expect(html).toContain('You are still signed in. Please answer again.')
    expect(html).toContain('Nothing has changed.')
  })

  test('where another session has ended, it says so, and not that nothing has changed', () => {
    const { html } = confirmSignOutPage(plain, { ...question, before: 'other_session_ended' })
    expect(html).toContain('The session that this link was made for has ended.')
    expect(html).toContain('Your session here is as it was.')
    expect(html).not.toContain('Nothing has changed')
  })

  test('L-05: staying is a link that submits nothing, or the advice to close the page', () => {
    expect(confirmSignOutPage(plain, { ...question, stayHref: '/account' }).html).toContain(
      '</form>\n<a class="button second" href="/account">Stay signed in</a>',
    )
    for (const page of [
      confirmSignOutPage(plain, question),
      confirmSignOutPage(plain, { ...question, stayHref: 'javascript:1' }),
    ]) {
      expect(page.html).not.toContain('<a ')
      expect(page.html).toContain('To stay signed in, close this page.')
    }
  })

  test('H-02: lists the origin that the answer to the form redirects to', () => {
    const page = confirmSignOutPage(plain, { ...question, submitRedirectsTo: ['https://shop.example/bye?x=1'] })
    expect(page.contentSecurityPolicy).toContain("form-action 'self' https://shop.example;")
  })
})

describe('refusedRedirectPage', () => {
  const refusal = {
    problem: 'It must be registered for this client.',
    given: { what: 'address', value: 'https://evil.example/"<b>' },
  } as const

  test('R-03: names the rule and the address, and offers no link to it', () => {
    const { html } = refusedRedirectPage(plain, refusal)
    expect(html).toContain('<bdi lang="en">It must be registered for this client.</bdi>')
    expect(html).toContain('<code><bdi>https://evil.example/&quot;&lt;b&gt;</bdi></code>')
    expect(html).not.toContain('href')
    expect(html).toContain('no session has ended')
    expect(html).not.toContain('You can sign out')
  })

  test('speaks of an application, or of nothing in particular, where it was not an address', () => {
    const client = refusedRedirectPage(plain, { problem: 'p', given: { what: 'client', value: 'x' } }).html
    expect(client).toContain('<dt>Application that was named</dt>\n<dd><code><bdi>x</bdi></code></dd>')
    const neither = refusedRedirectPage(plain, { problem: 'p' }).html
    expect(neither).toContain('It is not put together as it must be.')
    for (const html of [client, neither]) expect(html).not.toMatch(/address/i)
  })

  test('offers to sign out by a POST form, or by a link', () => {
    const form = refusedRedirectPage(plain, { ...refusal, signOut: { action: '/sign-out', fields: { a: '1' } } })
    expect(form.html).toContain('<form method="post" action="/sign-out">\n<input type="hidden" name="a" value="1">')
    const link = refusedRedirectPage(plain, { ...refusal, signOut: { href: '/sign-out?a=1' } })
    expect(link.html).toContain('<a class="button" href="/sign-out?a=1">Sign out</a>')
  })

  test('promises no way out where the link is not fit to follow', () => {
    const { html } = refusedRedirectPage(plain, { ...refusal, signOut: { href: 'javascript:alert(1)' } })
    expect(html).not.toMatch(/<a |You can sign out/)
  })

  test('says that an empty address was given', () => {
    expect(refusedRedirectPage(plain, { ...refusal, given: { what: 'address', value: '' } }).html).toContain('(empty)')
  })
})

describe('logoutUnavailablePage', () => {
  const retryAction = { action: '/v1/logout?clientId=1&a=b', fields: { c: 'd' } }

  test('a failed logout says that nothing was changed', () => {
    const { html } = logoutUnavailablePage(plain, { certain: true })
    expect(heading(html)).toBe('You are NOT signed out')
    expect(html).toContain('Nothing was changed')
    expect(html).not.toMatch(/confirmed/i)
  })

  test('a logout of unknown outcome claims neither', () => {
    const { html } = logoutUnavailablePage(plain, { certain: false })
    expect(heading(html)).toBe('Your sign-out is not confirmed')
    expect(html).not.toMatch(/NOT signed out|nothing was changed|you are signed out/i)
  })

  test('repeats a POST with its fields and its query', () => {
    const { html } = logoutUnavailablePage(plain, { certain: true, retryAction: { ...retryAction, method: 'post' } })
    expect(html).toContain('<form method="post" action="/v1/logout?clientId=1&amp;a=b">')
    expect(html).toContain('<button type="submit">Try again</button>')
  })

  test('repeats a GET with its query as fields, because browsers drop the query of the action', () => {
    const { html } = logoutUnavailablePage(plain, { certain: false, retryAction: { ...retryAction, method: 'get' } })
    expect(html).toContain('<form method="get" action="/v1/logout">')
    expect([...html.matchAll(/name="(\w+)" value="(\w+)"/g)].map((match) => match.slice(1))).toEqual([
      ['clientId', '1'],
      ['a', 'b'],
      ['c', 'd'],
    ])
  })

  test('H-02: lists the origin that a retry redirects to', () => {
    const page = logoutUnavailablePage(plain, { certain: true, submitRedirectsTo: ['https://shop.example/bye'] })
    expect(page.contentSecurityPolicy).toContain("form-action 'self' https://shop.example;")
  })
})

describe('continuePage', () => {
  test('links to a web address and names its host', () => {
    expect(continuePage(plain.words, { location: 'https://shop.example/cb?code=1&state=2' }).html).toContain(
      '<a href="https://shop.example/cb?code=1&amp;state=2">Continue to shop.example</a>',
    )
  })

  test.each([
    'javascript:alert(1)',
    'com.example.app:/cb?code=secret',
    'data:text/html,x',
    'not a URL',
    '//evil.example',
  ])('has no link to %s and does not print it', (location) => {
    const { html } = continuePage(plain.words, { location })
    expect(html).not.toContain('<a ')
    expect(html).not.toContain(location)
    expect(html).not.toContain('secret')
  })
})

describe('the HTML in the envelope of a logout', () => {
  test('L-14: claims nothing that is not true in every case', () => {
    expect(title(constantSignedOutHtml)).toBe('Sign-out')
    expect(constantSignedOutHtml).toContain('No session that this request named is accepted any more.')
    expect(constantSignedOutHtml).not.toMatch(claimsSignedOut)
    expect(constantSignedOutHtml).not.toMatch(/nobody/i)
  })

  test('L-14: with a redirect it says the same and links to the target', () => {
    const html = envelopeRedirectHtml('https://shop.example/bye')
    expect(title(html)).toBe('Sign-out')
    expect(html).toContain('No session that this request named is accepted any more.')
    expect(html).toContain('<a href="https://shop.example/bye">Continue to shop.example</a>')
  })

  test('a target that is not a web address gets no link', () => {
    expect(envelopeRedirectHtml('javascript:alert(1)')).not.toContain('<a ')
  })

  test('is small, because every logout of an API caller carries it', () => {
    expect(Buffer.byteLength(constantSignedOutHtml)).toBeLessThan(600)
  })
})
