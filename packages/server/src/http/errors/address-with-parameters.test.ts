import { expect, test } from 'vitest'
import { fitsAddress } from './address-with-parameters.ts'

test.each([
  ['/members/:id', '/members/7'],
  ['/members/:id/sessions', '/members/7/sessions'],
  ['/members/:id/sessions/:sessionId', '/members/7/sessions/8'],
])('%s stands for %s', (address, path) => {
  expect(fitsAddress(address, path)).toBe(true)
})

test.each([
  ['/members/:id', '/members'],
  ['/members/:id', '/members/'],
  ['/members/:id', '/members/7/sessions'],
  ['/members/:id', '/others/7'],
  ['/members/:id/sessions', '/members/7/block'],
  ['/members/:id/sessions', '/members//sessions'],
  ['/members', '/members'],
])('%s does not stand for %s', (address, path) => {
  expect(fitsAddress(address, path)).toBe(false)
})
