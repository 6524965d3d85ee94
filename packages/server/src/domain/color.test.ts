import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contrastOf, inkOn, mix, readableOn } from './color.ts'

const colors = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`)

describe('contrastOf', () => {
  test.each([
    ['#000000', '#ffffff', 21],
    ['#ffffff', '#ffffff', 1],
    ['#777777', '#ffffff', 4.48],
    ['#ff0000', '#ffffff', 4],
  ])('of %s and %s is %d, whichever comes first', (one, other, contrast) => {
    expect(contrastOf(one, other)).toBeCloseTo(contrast, 2)
    expect(contrastOf(other, one)).toBeCloseTo(contrast, 2)
  })

  test.each(['', '#fff', '#12345g', 'red', '#1234567', ' #123456'])('%j is no colour', (text) => {
    expect(() => contrastOf(text, '#ffffff')).toThrow(TypeError)
  })
})

test('on every colour either black or white can be read', () => {
  fc.assert(fc.property(colors, (color) => contrastOf(color, inkOn(color)) >= 4.5))
})

describe('readableOn', () => {
  test.each(['#ffffff', '#181c24'])('every colour comes out with enough contrast on %s', (ground) => {
    fc.assert(fc.property(colors, (color) => contrastOf(ground, readableOn(ground, color, 4.5)) >= 4.5))
  })

  test('a colour that can be read already stays as it is', () => {
    expect(readableOn('#ffffff', '#1f4e79', 4.5)).toBe('#1f4e79')
    expect(readableOn('#181c24', '#93b3ff', 4.5)).toBe('#93b3ff')
  })

  test('a colour that cannot becomes darker on light and lighter on dark, and no more than it takes', () => {
    expect(readableOn('#ffffff', '#ffd400', 4.5)).toBe(mix('#ffd400', '#000000', 0.48))
    expect(contrastOf('#ffffff', mix('#ffd400', '#000000', 0.44))).toBeLessThan(4.5)
    expect(contrastOf('#181c24', readableOn('#181c24', '#0b1530', 4.5))).toBeLessThan(5.5)
  })
})
