import { expect, test } from 'vitest'
import { plain } from '../../../test/support/appearances.ts'
import { errorPage } from './error-page.ts'

test('O-04: the title of an error stands on the page literally, as title and as heading', () => {
  const { html } = errorPage(plain, {
    title: 'Invalid redirect URI',
    explanation: 'It is not registered for this client.',
  })
  expect(html).toContain('<title>Invalid redirect URI</title>')
  expect(html).toContain('<h1>Invalid redirect URI</h1>')
  expect(html).toContain('It is not registered for this client.')
  expect(html).not.toMatch(/<a |<form|Reference/)
})

test('H-09: a reference is shown when there is one', () => {
  const { html } = errorPage(plain, {
    title: 'Something went wrong',
    explanation: 'Please try again.',
    reference: 'r-"1"',
  })
  expect(html).toContain('<code>r-&quot;1&quot;</code>')
})

test('an explanation that holds markup is shown as text', () => {
  const { html } = errorPage(plain, { title: '<b>', explanation: '<script>alert(1)</script>' })
  expect(html).toContain('<h1>&lt;b&gt;</h1>')
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
})
