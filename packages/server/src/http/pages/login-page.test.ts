import { describe, expect, test } from 'vitest'
import { plain } from '../../../test/support/appearances.ts'
import { loginPage } from './login-page.ts'
import { signInFieldNames } from './sign-in-fields.ts'

const form = {
  action: '/oauth2/authorize/login',
  fields: { request: 'r1' },
  registerHref: null,
  forgottenHref: '/forgotten-password?a=1',
}
const field = (html: string, id: string) => new RegExp(`<input id="${id}"[^>]*>`).exec(html)?.[0] ?? ''
const buttons = (html: string) => [...html.matchAll(/<button[^>]*>/g)].map(([button]) => button)

describe('loginPage', () => {
  test('asks for an e-mail address and a password in a way that password managers understand', () => {
    const { html } = loginPage(plain, form)
    expect(field(html, 'email')).toMatch(/ name="email" type="email" .*autocomplete="username"/)
    expect(field(html, 'password')).toMatch(/ name="password" type="password" autocomplete="current-password"/)
    expect(html).toContain('<form method="post" action="/oauth2/authorize/login">')
    expect(html).toContain('<input type="hidden" name="request" value="r1">')
  })

  test('never fills in a password and sets no length limit that would cut one', () => {
    const { html } = loginPage(plain, { ...form, email: 'ann@example.com', problem: { kind: 'wrong_credentials' } })
    expect(field(html, 'password')).not.toMatch(/value=|maxlength/)
  })

  test('puts the cursor where there is something to type', () => {
    expect(field(loginPage(plain, form).html, 'email')).toContain(' autofocus>')
    const known = loginPage(plain, { ...form, email: 'ann@example.com' }).html
    expect(field(known, 'email')).toContain('value="ann@example.com"')
    expect(field(known, 'email')).not.toContain('autofocus')
    expect(field(known, 'password')).toContain(' autofocus>')
  })

  test('announces a problem and ties it to both fields alike, so that it tells nothing about either', () => {
    const { html } = loginPage(plain, { ...form, problem: { kind: 'wrong_credentials' } })
    expect(html).toContain(
      '<p class="alert" id="problem" role="alert">The e-mail address or the password is not right. If you have not entered the code of your registration yet, register again.</p>',
    )
    for (const id of ['email', 'password']) {
      expect(field(html, id)).toContain(' aria-invalid="true" aria-describedby="problem"')
    }
    expect(html).toContain('<title>Error: Sign in</title>')
  })

  test('without a problem nothing is marked as wrong', () => {
    for (const page of [loginPage(plain, form), loginPage(plain, { ...form, problem: undefined })]) {
      expect(page.html).not.toMatch(/ aria-invalid=| aria-describedby=|role="alert"|id="problem"/)
      expect(page.html).toContain('<title>Sign in</title>')
    }
  })

  test('leads to registration only where it is open, and to a new password always', () => {
    const links = (html: string) => [...html.matchAll(/<a href="([^"]*)">/g)].map(([, href]) => href)
    expect(links(loginPage(plain, form).html)).toEqual(['/forgotten-password?a=1'])
    const open = loginPage(plain, { ...form, registerHref: '/register?a=1&b=2' }).html
    expect(links(open)).toEqual(['/forgotten-password?a=1', '/register?a=1&amp;b=2'])
    expect(buttons(open)).toEqual(['<button type="submit">'])
  })

  test('keeps the wish to stay signed in through a mistyped password', () => {
    expect(field(loginPage(plain, form).html, 'remember')).not.toContain('checked')
    expect(field(loginPage(plain, { ...form, remember: true }).html, 'remember')).toContain(' checked>')
  })

  test.each(Object.values(signInFieldNames))('refuses a hidden field called %s', (name) => {
    expect(() => loginPage(plain, { ...form, fields: { [name]: 'x' } })).toThrow(TypeError)
  })

  test('H-02: lists the origin of the redirect URI, and refuses what is none', () => {
    expect(
      loginPage(plain, { ...form, submitRedirectsTo: ['https://shop.example/cb'] }).contentSecurityPolicy,
    ).toContain("form-action 'self' https://shop.example;")
    expect(() => loginPage(plain, { ...form, submitRedirectsTo: ['javascript:alert(1)'] })).toThrow(TypeError)
  })
})
