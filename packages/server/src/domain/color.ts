/** Colours as `#rrggbb`, and whether they can be read on one another (WCAG 2.2). */

type Channels = readonly [red: number, green: number, blue: number]

/** The contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrastOf(one: string, other: string): number {
  const [darker, lighter] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

/** Black or white, whichever has more contrast on a colour. */
export function inkOn(color: string): '#000000' | '#ffffff' {
  return contrastOf(color, '#000000') > contrastOf(color, '#ffffff') ? '#000000' : '#ffffff'
}

/**
 * The colour nearest to one that has enough contrast on a ground: mixed with black on a light ground and with white on a dark
 * one, as little as it takes.
 *
 * @param least - The contrast that is needed, at most what black or white has on the ground.
 */
export function readableOn(ground: string, color: string, least: number): string {
  const towards = inkOn(ground)
  for (let share = 0; share < 100; share += 4) {
    const mixed = mix(color, towards, share / 100)
    if (contrastOf(ground, mixed) >= least) return mixed
  }
  return towards
}

/** A colour with a share, from 0 to 1, of another. */
export function mix(color: string, other: string, share: number): string {
  const [from, to] = [channelsOf(color), channelsOf(other)]
  const channel = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * share)
  return `#${[channel(0), channel(1), channel(2)].map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

/** The relative luminance, from 0 to 1. */
function luminanceOf(color: string): number {
  const [red, green, blue] = channelsOf(color).map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** @throws {TypeError} For what is no colour. */
function channelsOf(color: string): Channels {
  if (!/^#[0-9a-f]{6}$/i.test(color)) throw new TypeError(`not a colour: ${JSON.stringify(color)}`)
  const channel = (from: number) => Number.parseInt(color.slice(from, from + 2), 16)
  return [channel(1), channel(3), channel(5)]
}
