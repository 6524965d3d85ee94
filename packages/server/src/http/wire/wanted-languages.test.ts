import { expect, test } from 'vitest'
import { wantedLanguages } from './wanted-languages.ts'

const wanted = (header: string | undefined, { query = {}, body }: { query?: unknown; body?: unknown } = {}) =>
  wantedLanguages({ headers: { 'accept-language': header }, query, body })

test.each([
  ['de-DE,de;q=0.9,en;q=0.8', ['de-DE', 'de', 'en']],
  ['en;q=0.5, de', ['de', 'en']],
  ['de ; q=0.1 , en ; Q=0.2', ['en', 'de']],
  ['fr;q=0, en', ['en']],
  ['*', []],
  ['', []],
  [undefined, []],
  ['<script>', []],
  ['de;q=x, en', ['en']],
  ['de,'.repeat(400), []],
])('a browser that sends %j wants %j', (header, languages) => {
  expect(wanted(header)).toEqual(languages)
})

test.each([
  [{ query: { uiLocales: 'de-AT  fr' } }, ['de-AT', 'fr', 'en']],
  [{ query: { ui_locales: 'de' } }, ['de', 'en']],
  [{ body: { uiLocales: 'de' } }, ['de', 'en']],
  [{ query: { uiLocales: 'fr' }, body: { uiLocales: 'de' } }, ['fr', 'en']],
  [{ query: { uiLocales: ['de', 'fr'] } }, ['en']],
  [{ body: null }, ['en']],
  [{ body: 'uiLocales=de' }, ['en']],
])('what a request says, as %j, comes before what the browser says', (request, languages) => {
  expect(wanted('en', request)).toEqual(languages)
})

test('what is kept of a request comes before what stands in it', () => {
  const reader = { headers: { 'accept-language': 'en' }, query: { uiLocales: 'fr' }, body: undefined }
  expect(wantedLanguages(reader, 'de')).toEqual(['de', 'en'])
})
