import { expect, test } from 'vitest'
import { wantedLanguages } from './wanted-languages.ts'

const wanted = (header: string | undefined, uiLocales?: string) =>
  wantedLanguages({ headers: { 'accept-language': header } }, uiLocales)

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

test('what the request says comes before what the browser says', () => {
  expect(wanted('en', 'de-AT  fr')).toEqual(['de-AT', 'fr', 'en'])
})
