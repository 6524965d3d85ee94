import { describe, expect, test } from 'vitest'
import { loginFieldNames, loginPage } from './login-page.ts'

const plain = { action: '/oauth2/authorize/login', fields: { request: 'r1' }, canRegister: false }
const field = (html: string, id: string) => new RegExp(`<input id="${id}"[^>]*>`).exec(html)?.[0] ?? ''
const buttons = (html: string) => [...html.matchAll(/<button[^>]*>/g)].map(([button]) => button)

describe('loginPage', () => {
  test('asks for an e-mail address and a password in a way that password managers understand', () => {
    const { html } = loginPage(plain)
    expect(field(html, 'email')).toMatch(/ name="email" type="email" .*autocomplete="username"/)
    expect(field(html, 'password')).toMatch(/ name="password" type="password" autocomplete="current-password"/)
    expect(html).toContain('<form method="post" action="/oauth2/authorize/login">')
    expect(html).toContain('<input type="hidden" name="request" value="r1">')
  })

  test('never fills in a password and sets no length limit that would cut one', () => {
    const { html } = loginPage({ ...plain, email: 'ann@example.com', problem: 'Wrong.' })
    expect(field(html, 'password')).not.toMatch(/value=|maxlength/)
  })

  test('puts the cursor where there is something to type', () => {
    expect(field(loginPage(plain).html, 'email')).toContain(' autofocus>')
    const known = loginPage({ ...plain, email: 'ann@example.com' }).html
    expect(field(known, 'email')).toContain('value="ann@example.com"')
    expect(field(known, 'email')).not.toContain('autofocus')
    expect(field(known, 'password')).toContain(' autofocus>')
  })

  test('announces a problem and ties it to both fields alike, so that it tells nothing about either', () => {
    const { html } = loginPage({ ...plain, problem: 'The e-mail address or the password is <wrong>.' })
    expect(html).toContain(
      '<p class="alert" id="problem" role="alert">The e-mail address or the password is &lt;wrong&gt;.</p>',
    )
    for (const id of ['email', 'password']) {
      expect(field(html, id)).toContain(' aria-invalid="true" aria-describedby="problem"')
    }
    expect(html).toContain('<title>Error: Sign in</title>')
  })

  test('without a problem nothing is marked as wrong', () => {
    for (const page of [loginPage(plain), loginPage({ ...plain, problem: '' })]) {
      expect(page.html).not.toMatch(/ aria-invalid=| aria-describedby=|role="alert"|id="problem"/)
      expect(page.html).toContain('<title>Sign in</title>')
    }
  })

  test('offers registration only where it is open, and Enter signs in all the same', () => {
    expect(buttons(loginPage(plain).html)).toEqual(['<button type="submit" name="intent" value="login">'])
    const open = buttons(loginPage({ ...plain, canRegister: true }).html)
    expect(open).toHaveLength(2)
    expect(open[0]).toContain('value="login"')
    expect(open[1]).toContain('name="intent" value="register"')
  })

  test.each(Object.values(loginFieldNames))('refuses a hidden field called %s', (name) => {
    expect(() => loginPage({ ...plain, fields: { [name]: 'x' } })).toThrow(TypeError)
  })

  test('H-02: lists the origin of the redirect URI, and refuses what is none', () => {
    expect(loginPage({ ...plain, submitRedirectsTo: ['https://shop.example/cb'] }).contentSecurityPolicy).toContain(
      "form-action 'self' https://shop.example;",
    )
    expect(() => loginPage({ ...plain, submitRedirectsTo: ['javascript:alert(1)'] })).toThrow(TypeError)
  })
})
